import { X509Certificate } from 'node:crypto';
import { nameOf, Problem } from '@gatehouse/http';
import type { Caller } from '../guards/route-guard.js';
import { clientKey, clientKeys, type ConsumerDefinition } from './consumers.kind.js';
import type { CredentialDefinition } from './credential-definition.js';
import { endOf } from './credential-secrets.service.js';

/** Something that a call can be made with, ready to be compared. */
export interface Credential {
  /** Whose calls these are: made once, and given to each of them. */
  readonly caller: Caller;
  /** Until when it is good, in milliseconds; 0 where it or its consumer is disabled. */
  readonly until: number;
}

/** A secret that signatures are checked with. */
export interface SigningCredential extends Credential {
  readonly keys: readonly { readonly key: Buffer; readonly until: number }[];
}

/** A user name with what its password may be. */
export interface PasswordCredential extends Credential {
  readonly passwords: readonly { readonly sha256: string; readonly until: number }[];
}

/** Certificates that this authority issued for a subject. */
export interface NamedCertificate extends Credential {
  readonly authority: X509Certificate;
}

/** Opens a sealed key. @throws when it cannot be opened */
type Open = (secret: { readonly sealed: string }, consumer: string) => Buffer;

/**
 * All consumers and their credentials by what calls come with. Nothing in it compares secrets: they are looked up by their
 * hash, which tells nobody who guesses how near they came.
 */
export class ConsumerIndex {
  readonly apiKeys = new Map<string, Credential>();
  readonly passwords = new Map<string, PasswordCredential>();
  readonly signingKeys = new Map<string, SigningCredential>();
  readonly thumbprints = new Map<string, Credential>();
  /** By the subject, as `subjectName` has it. */
  readonly subjects = new Map<string, NamedCertificate[]>();
  /** Credentials that cannot be used: their names. */
  readonly unusable: string[] = [];
  /** By `clientKey`. */
  private readonly clients = new Map<string, ConsumerDefinition>();

  constructor(
    readonly consumers: ReadonlyMap<string, ConsumerDefinition>,
    credentials: Iterable<CredentialDefinition>,
    private readonly open: Open,
  ) {
    for (const consumer of consumers.values()) {
      for (const key of clientKeys(consumer)) this.clients.set(key, consumer);
    }
    for (const definition of credentials) this.add(definition);
  }

  /**
   * The caller with the consumer that its OAuth client is, and with the plan of its consumer.
   * @throws Problem 403 when that consumer is disabled, or the call came with the credentials of another one, too
   */
  identify(caller: Caller): Caller {
    const { clientId, issuer } = caller;
    if (clientId === undefined || issuer === undefined || this.clients.size === 0)
      return this.withPlan(caller);
    const consumer = this.clients.get(clientKey(issuer, clientId));
    if (!consumer) return this.withPlan(caller);
    if (!consumer.enabled) throw new Problem(403, `The consumer ${consumer.name} is disabled.`);
    if (caller.consumer === consumer.name) return caller;
    if (caller.consumer !== undefined) {
      throw new Problem(403, 'The credentials of this call belong to different consumers.');
    }
    return { ...caller, consumer: consumer.name, plan: caller.plan ?? consumer.plan };
  }

  /** A guard that names a consumer need not know its plan. */
  private withPlan(caller: Caller): Caller {
    if (caller.consumer === undefined || caller.plan !== undefined) return caller;
    const plan = this.consumers.get(caller.consumer)?.plan;
    return plan === undefined ? caller : { ...caller, plan };
  }

  private add(definition: CredentialDefinition): void {
    const consumer = this.consumers.get(definition.consumer);
    if (!consumer) return;
    const credential = {
      caller: callerOf(definition, consumer),
      until: consumer.enabled && definition.enabled ? endOf(definition) : 0,
    };
    if (definition.type === 'api_key') this.addApiKeys(definition.secrets, credential);
    else if (definition.type === 'basic') {
      const passwords = definition.secrets.map((one) => ({ sha256: one.sha256, until: endOf(one) }));
      this.passwords.set(definition.username, { ...credential, passwords });
    } else if (definition.type === 'hmac') this.addSigningKeys(definition, credential);
    else if (definition.thumbprint !== undefined) this.thumbprints.set(definition.thumbprint, credential);
    else {
      const subject = nameOf(definition.subject_dn!)!;
      const named = { ...credential, authority: new X509Certificate(definition.authority!) };
      this.subjects.set(subject, [...(this.subjects.get(subject) ?? []), named]);
    }
  }

  private addApiKeys(
    secrets: readonly { sha256: string; expires_at?: string | undefined }[],
    { caller, until }: Credential,
  ): void {
    for (const secret of secrets) {
      this.apiKeys.set(secret.sha256, { caller, until: Math.min(until, endOf(secret)) });
    }
  }

  private addSigningKeys(
    { name, consumer, key_id: keyId = name, secrets }: CredentialDefinition & { type: 'hmac' },
    credential: Credential,
  ): void {
    try {
      const keys = secrets.map((one) => ({ key: this.open(one, consumer), until: endOf(one) }));
      this.signingKeys.set(keyId, { ...credential, keys });
    } catch {
      this.unusable.push(name);
    }
  }
}

function callerOf(definition: CredentialDefinition, consumer: ConsumerDefinition): Caller {
  const { name, scopes, models, plan = consumer.plan } = definition;
  return Object.freeze({
    consumer: consumer.name,
    credential: name,
    ...(plan === undefined ? {} : { plan }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(models === undefined ? {} : { models }),
    ...(definition.type === 'basic' ? { username: definition.username } : {}),
  });
}
