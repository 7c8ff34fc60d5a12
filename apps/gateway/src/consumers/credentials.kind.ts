import { X509Certificate } from 'node:crypto';
import { type FieldFault, nameOf, Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import {
  type ConfigKind,
  type Configuration,
  Configured,
  PerConfiguration,
} from '../configuration/config-kind.js';
import { ConsumersKind } from './consumers.kind.js';
import { type CredentialDefinition, credentialDefinition } from './credential-definition.js';
import { CredentialSecrets } from './credential-secrets.service.js';

/** What a credential is known by in a call, and where in the definition it stands. */
interface Mark {
  readonly mark: string;
  readonly pointer: string;
}

@Injectable()
@Configured('credentials')
export class CredentialsKind implements ConfigKind<CredentialDefinition> {
  readonly singular = 'credential';
  readonly schema = credentialDefinition as z.ZodType<CredentialDefinition>;

  private readonly claims = new PerConfiguration((configuration) => {
    const claims = new Map<string, number>();
    for (const { definition } of configuration.of(this).values()) {
      for (const { mark } of marksOf(definition)) claims.set(mark, (claims.get(mark) ?? 0) + 1);
    }
    return claims;
  });

  constructor(
    private readonly consumers: ConsumersKind,
    private readonly secrets: CredentialSecrets,
  ) {}

  faults(definition: CredentialDefinition, configuration: Configuration): FieldFault[] {
    const faults = certificateFaults(definition);
    faults.push(...this.consumers.planFaults(definition.plan, configuration));
    if (!configuration.of(this.consumers).has(definition.consumer)) {
      faults.push({ pointer: '/consumer', detail: 'must name a consumer that exists' });
    }
    // Whose call would it be?
    const claims = this.claims.of(configuration);
    for (const { mark, pointer } of marksOf(definition)) {
      if (claims.get(mark)! > 1) faults.push({ pointer, detail: 'is in another credential, too' });
    }
    return faults;
  }

  /** Secrets that are left out stay what they were; a new credential gets one. */
  accept(sent: CredentialDefinition, before: CredentialDefinition | undefined) {
    if (before && (before.type !== sent.type || before.consumer !== sent.consumer))
      throw unlike(before, sent);
    if (sent.type === 'certificate' || sent.secrets.length > 0) return { kept: sent };
    if (before)
      return { kept: { ...sent, secrets: (before as typeof sent).secrets } as CredentialDefinition };
    const { definition, shownOnce } = this.secrets.renew(sent, 0)!;
    return { kept: definition, shownOnce };
  }

  /** A hash of 256 random bits tells nobody the key, and lets a file bring keys back; a sealed one stays here. */
  shown(definition: CredentialDefinition): object {
    if (definition.type !== 'hmac') return definition;
    const { secrets: _, ...rest } = definition;
    return rest;
  }
}

/** The secrets of one would be given to another. */
function unlike(before: CredentialDefinition, sent: CredentialDefinition): Problem {
  const detail = 'cannot be changed; make another credential';
  const errors = (['type', 'consumer'] as const)
    .filter((member) => before[member] !== sent[member])
    .map((member) => ({ pointer: `/${member}`, detail }));
  return new Problem(422, 'Some members of the request cannot be used.', { errors });
}

function certificateFaults(definition: CredentialDefinition): FieldFault[] {
  if (definition.type !== 'certificate') return [];
  const { thumbprint, subject_dn: subject, authority } = definition;
  if ((thumbprint === undefined) === (subject === undefined)) {
    return [{ pointer: '/thumbprint', detail: 'must be there where subject_dn is not, and only then' }];
  }
  if ((subject === undefined) === (authority === undefined)) return [];
  return [{ pointer: '/authority', detail: 'must stand beside subject_dn, and only there' }];
}

/** A credential has none of these with another one. */
function marksOf(definition: CredentialDefinition): Mark[] {
  const { type, name } = definition;
  if (type === 'api_key') {
    return definition.secrets.map(({ sha256 }, index) => ({
      mark: `key ${sha256}`,
      pointer: `/secrets/${index}/sha256`,
    }));
  }
  if (type === 'basic') return [{ mark: `username ${definition.username}`, pointer: '/username' }];
  if (type === 'hmac') return [{ mark: `keyid ${definition.key_id ?? name}`, pointer: '/key_id' }];
  const { thumbprint, subject_dn: subject, authority } = definition;
  if (thumbprint !== undefined) return [{ mark: `thumbprint ${thumbprint}`, pointer: '/thumbprint' }];
  if (subject === undefined || authority === undefined) return [];
  const { fingerprint256 } = new X509Certificate(authority);
  return [{ mark: `subject ${nameOf(subject)} of ${fingerprint256}`, pointer: '/subject_dn' }];
}
