import type { DpopNonces } from './dpop-nonces.js';
import { DPOP_WINDOW_S, type DpopTarget, InvalidDpopProofError, readDpopProof } from './dpop-proof.js';
import { hashOf } from './secret.js';

/** A store in which of many callers exactly one adds a key (`Store.add`). */
export interface ReplayCache {
  add(key: string, value: string, ttlSeconds: number): Promise<boolean>;
}

/** What the server asks of a proof besides the RFC. */
export interface DpopDemand extends DpopTarget {
  /** Refuses a proof without one of the server's own nonces. */
  readonly requireNonce: boolean;
}

/** The proof needs a nonce, or another one: the client tries again with the one it is given (RFC 9449 §8). */
export class DpopNonceError extends Error {
  override readonly name = 'DpopNonceError';
  constructor() {
    super('The DPoP proof needs the nonce of the DPoP-Nonce header');
  }
}

/** A proof found good: the key, and a nonce for the client's next one when it is time. */
export interface ProvenKey {
  readonly jkt: string;
  readonly nextNonce: string | undefined;
}

/** Verifies DPoP proofs, each once (RFC 9449 §11.1). */
export class DpopVerifier {
  constructor(
    private readonly seen: ReplayCache,
    readonly nonces: DpopNonces,
  ) {}

  /**
   * @param seen where it is found out whether the proof is new, for this once
   * @throws InvalidDpopProofError, DpopNonceError
   */
  async verify(proof: string, demand: DpopDemand, seen = this.seen): Promise<ProvenKey> {
    const { jkt, jti, nonce } = await readDpopProof(proof, demand);
    const age = nonce === undefined ? undefined : this.nonces.check(nonce);
    if (age === 'wrong' || (age === undefined && demand.requireNonce)) throw new DpopNonceError();
    // An `iat` of the future is good for two windows. The key stands beside the jti: clients cannot block each other's.
    const isNew = await seen.add(`dpop:${hashOf(`${jkt}.${jti}`)}`, '', 2 * DPOP_WINDOW_S + 1);
    if (!isNew) throw new InvalidDpopProofError('The DPoP proof was used before (RFC 9449 section 11.1)');
    return { jkt, nextNonce: age === 'ageing' ? this.nonces.current() : undefined };
  }
}
