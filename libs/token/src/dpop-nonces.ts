import { createHmac } from 'node:crypto';
import { deriveKey } from './secret-box.js';
import { equalSecrets } from './secret.js';

/** A nonce names the minute it is of; the next minute has another one. */
const STEP_MS = 60_000;
/** How many minutes it is taken for: clients have the time that a person at a slow line takes. */
const STEPS = 5;

/**
 * The nonces that this server gives for DPoP proofs (RFC 9449 §8): the time under a key that all replicas have, so
 * none needs to be remembered.
 */
export class DpopNonces {
  private readonly key: Buffer;

  constructor(secret: string) {
    this.key = deriveKey(secret, 'dpop nonces');
  }

  /** The nonce of this minute. */
  current(now = Date.now()): string {
    return this.of(Math.floor(now / STEP_MS));
  }

  /** `fresh`: good; `ageing`: good, but the client should be given a new one (RFC 9449 §8.2); `wrong`: none of ours. */
  check(nonce: string, now = Date.now()): 'fresh' | 'ageing' | 'wrong' {
    const step = Number.parseInt(nonce.split('.', 1)[0]!, 36);
    const age = Math.floor(now / STEP_MS) - step;
    // A replica whose clock is ahead may have given the nonce of the next minute.
    if (!(age >= -1 && age <= STEPS) || !equalSecrets(nonce, this.of(step))) return 'wrong';
    return age <= 0 ? 'fresh' : 'ageing';
  }

  private of(step: number): string {
    const written = step.toString(36);
    return `${written}.${createHmac('sha256', this.key).update(written).digest('base64url')}`;
  }
}
