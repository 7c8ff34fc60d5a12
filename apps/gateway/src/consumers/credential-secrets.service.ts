import { randomBytes } from 'node:crypto';
import { hashOf, newSecret, SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import {
  type CredentialDefinition,
  type HashedSecret,
  MAX_SECRETS,
  type SealedSecret,
} from './credential-definition.js';

/** So that scanners of source code, and people, know what leaked. */
const API_KEY_MARK = 'ghk_';
const SHOWN = 8;

/** A credential with a secret that was just made, which nobody will see again. */
export interface NewSecret {
  readonly definition: CredentialDefinition;
  readonly shownOnce: { readonly secret: string };
}

/**
 * The secrets of credentials. Each has 256 random bits of the gateway's making, passwords of basic authentication, too: there
 * is nothing to guess, so that a plain SHA-256 protects them at rest and costs a request less than a microsecond. A password
 * that a person chose would need argon2id, tens of milliseconds for each request, or a cache of what was verified.
 */
@Injectable()
export class CredentialSecrets {
  private readonly box: SecretBox;

  constructor(@Inject(CONFIG) config: Config) {
    this.box = new SecretBox(config.secret, 'consumer keys');
  }

  /**
   * The credential with a new secret before those that it has.
   * @param keepUntil until when those are good, in milliseconds
   */
  renew(definition: CredentialDefinition, keepUntil: number): NewSecret | undefined {
    if (definition.type === 'certificate') return undefined;
    if (definition.type === 'hmac') {
      const now = Date.now();
      const secret = randomBytes(32).toString('base64');
      const sealed = {
        sealed: this.box.seal(secret, definition.consumer),
        created_at: new Date(now).toISOString(),
      };
      const secrets = [sealed, ...ending(definition.secrets, keepUntil, now)];
      return { definition: { ...definition, secrets }, shownOnce: { secret } };
    }
    const mark = definition.type === 'api_key' ? API_KEY_MARK : '';
    const { secrets, shownOnce } = this.renewHashed(definition.secrets, keepUntil, mark);
    return { definition: { ...definition, secrets }, shownOnce };
  }

  /**
   * A new secret, by default an API key, before those that were there.
   * @param keepUntil until when those are good, in milliseconds
   */
  renewHashed(before: readonly HashedSecret[], keepUntil: number, mark = API_KEY_MARK) {
    const now = Date.now();
    const secret = mark + newSecret();
    const prefix = secret.slice(0, mark.length + SHOWN);
    const hashed = { sha256: hashOf(secret), prefix, created_at: new Date(now).toISOString() };
    return { secrets: [hashed, ...ending(before, keepUntil, now)], shownOnce: { secret } };
  }

  /** The key of signatures. @throws when it was encrypted under another GATEHOUSE_SECRET, or for another consumer */
  open({ sealed }: SealedSecret, consumer: string): Buffer {
    return Buffer.from(this.box.open(sealed, consumer), 'base64');
  }
}

/** What is left of the secrets before: none is good for longer than it was. */
function ending<Secret extends HashedSecret | SealedSecret>(
  secrets: readonly Secret[],
  keepUntil: number,
  now: number,
): Secret[] {
  if (keepUntil <= now) return [];
  return secrets
    .filter((one) => endOf(one) > now)
    .slice(0, MAX_SECRETS - 1)
    .map((one) => ({ ...one, expires_at: new Date(Math.min(endOf(one), keepUntil)).toISOString() }));
}

/** When something ends, in milliseconds. */
export function endOf({ expires_at: end }: { readonly expires_at?: string | undefined }): number {
  return end === undefined ? Infinity : Date.parse(end);
}
