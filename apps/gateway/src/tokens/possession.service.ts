import { Store } from '@gatehouse/store';
import {
  DpopNonceError,
  DpopNonces,
  DpopVerifier,
  equalSecrets,
  InvalidDpopProofError,
  InvalidTokenError,
  type PresentedToken,
} from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { IncomingCall } from '../calls/incoming-call.js';
import { spend } from '../calls/spend.js';
import { CONFIG, type Config } from '../config.js';
import { ClientCertificates } from '../guards/client-certificates.service.js';
import type { CallerToken } from './caller-token.js';

/** What a route asks of how its tokens are bound. */
export interface PossessionDemand {
  /** `required`: every token must be bound to a DPoP key. */
  readonly dpop: 'required' | 'allowed';
  /** Whether proofs need a nonce of the gateway's. */
  readonly dpop_nonce: boolean;
  /** Every token must be bound to the caller's certificate. */
  readonly mtls_bound: boolean;
  /** Under which addresses callers reach the route: the origins that proofs may name. */
  readonly origins: ReadonlySet<string>;
}

/** A proof that needs a nonce, with the one to use. */
export class NonceNeededError extends Error {
  constructor(readonly nonce: string) {
    super('The DPoP proof needs the nonce of the DPoP-Nonce header');
  }
}

/** Checks that whoever uses a bound token has the key that it is bound to. */
@Injectable()
export class Possession {
  private readonly dpop: DpopVerifier;
  private readonly origin: string;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(Store) private readonly store: Store,
    private readonly certificates: ClientCertificates,
  ) {
    this.dpop = new DpopVerifier(store, new DpopNonces(config.secret));
    this.origin = new URL(config.gatewayUrl).origin;
  }

  /**
   * A token that is bound to nothing, or to a certificate, needs no promise.
   * @returns a nonce for the caller's next proof, when it is time for another
   * @throws InvalidTokenError, InvalidDpopProofError, NonceNeededError
   */
  check(
    call: IncomingCall,
    presented: PresentedToken,
    { confirmation }: CallerToken,
    demand: PossessionDemand,
  ): Promise<string | undefined> | undefined {
    if (confirmation) checkMethods(Object.keys(confirmation));
    this.checkCertificate(call, confirmation?.['x5t#S256'], demand.mtls_bound);
    return this.checkKey(call, presented, confirmation?.jkt, demand);
  }

  /** RFC 8705 §3. */
  private checkCertificate(call: IncomingCall, bound: unknown, required: boolean): void {
    if (bound === undefined) {
      if (required) throw new InvalidTokenError('The token is not bound to a certificate');
      return;
    }
    const certificate = this.certificates.of(call);
    if (!certificate || typeof bound !== 'string' || !equalSecrets(certificate.thumbprint, bound)) {
      throw new InvalidTokenError('The token is bound to another certificate');
    }
  }

  /** RFC 9449 §7.1 and §7.2: a bound token comes as DPoP and with a proof, another one as Bearer and without. */
  private checkKey(
    call: IncomingCall,
    { scheme, token }: PresentedToken,
    jkt: unknown,
    demand: PossessionDemand,
  ): Promise<string | undefined> | undefined {
    if (jkt === undefined) {
      if (demand.dpop === 'required' || scheme === 'DPoP') {
        throw new InvalidTokenError('The token is not bound to a DPoP key');
      }
      return undefined;
    }
    if (scheme !== 'DPoP') throw new InvalidTokenError('The token is bound to a DPoP key: send it as DPoP');
    return this.prove(call, token, jkt, demand);
  }

  private async prove(
    call: IncomingCall,
    accessToken: string,
    jkt: unknown,
    demand: PossessionDemand,
  ): Promise<string | undefined> {
    const proof = call.headers.dpop;
    if (typeof proof !== 'string') throw new InvalidDpopProofError('The request needs a DPoP proof');
    try {
      const target = {
        method: call.method,
        url: this.originOf(call, demand.origins) + call.url,
        accessToken,
        requireNonce: demand.dpop_nonce,
      };
      const add = (key: string, _: string, ttlSeconds: number) => spend(this.store, call, key, ttlSeconds);
      const proven = await this.dpop.verify(proof, target, { add });
      if (proven.jkt !== jkt) {
        throw new InvalidDpopProofError('The token is bound to another key than the proof has');
      }
      return proven.nextNonce;
    } catch (error) {
      throw error instanceof DpopNonceError ? new NonceNeededError(this.dpop.nonces.current()) : error;
    }
  }

  /**
   * RFC 9449 §11.1: a proof made for another server must not do here, so that the Host header alone does not say who we
   * are: it chooses among the addresses that we have.
   */
  private originOf(call: IncomingCall, origins: ReadonlySet<string>): string {
    const used = `${call.protocol}://${call.host}`;
    return origins.has(used) ? used : this.origin;
  }
}

/** RFC 7800 §3.1: what a token is bound to must be understood. */
function checkMethods(names: readonly string[]): void {
  const known = names.length > 0 && names.every((name) => name === 'jkt' || name === 'x5t#S256');
  if (!known) throw new InvalidTokenError('The token is bound in a way that is not known here');
}
