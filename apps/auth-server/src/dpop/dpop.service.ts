import { FAPI2_ALGORITHMS, isFapi2 } from '@gatehouse/client';
import { OAuthError } from '@gatehouse/http';
import { Store } from '@gatehouse/store';
import {
  bearerChallenge,
  DPOP_ALGORITHMS,
  type DpopDemand,
  DpopNonceError,
  DpopNonces,
  DpopVerifier,
  InvalidDpopProofError,
  readUnverifiedJwt,
} from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { type MetadataContributor, MetadataSource } from '../discovery/metadata-source.js';
import {
  type PossessionMethod,
  ProofOfPossession,
  type TokenExchange,
  type TokenUse,
} from '../possession/possession-method.js';

type Refusal = (code: 'invalid_dpop_proof' | 'use_dpop_nonce', text: string, nonce?: string) => OAuthError;

/** Binds tokens to the key of a DPoP proof (RFC 9449). */
@Injectable()
@ProofOfPossession()
@MetadataSource()
export class Dpop implements PossessionMethod, MetadataContributor {
  readonly member = 'jkt';
  private readonly verifier: DpopVerifier;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Store) store: Store,
  ) {
    this.verifier = new DpopVerifier(store, new DpopNonces(config.secret));
  }

  metadata() {
    return { dpop_signing_alg_values_supported: [...DPOP_ALGORITHMS] };
  }

  async confirm({ request, reply, client }: TokenExchange): Promise<string | undefined> {
    const { metadata } = client;
    if (request.headers.dpop === undefined && !metadata.dpop_bound_access_tokens) return undefined;
    if (isFapi2(metadata)) checkAlgorithm(request.headers.dpop);
    const requireNonce = this.config.dpopRequireNonce || metadata.dpop_require_nonce === true;
    return this.verify(request, reply, requireNonce, refusedAtTokenEndpoint);
  }

  async prove({ request, reply, token }: TokenUse, value: string): Promise<void> {
    const { dpopRequireNonce } = this.config;
    const jkt = await this.verify(request, reply, dpopRequireNonce, refusedAtResource, token);
    if (jkt !== value)
      throw refusedAtResource('invalid_dpop_proof', 'The token is bound to another key than the proof has');
  }

  private async verify(
    request: FastifyRequest,
    reply: FastifyReply,
    requireNonce: boolean,
    refused: Refusal,
    accessToken?: string,
  ): Promise<string> {
    const proof = request.headers.dpop;
    if (typeof proof !== 'string') throw refused('invalid_dpop_proof', 'The request needs a DPoP proof');
    const demand: DpopDemand = {
      method: request.method,
      url: `${this.config.issuer}${request.url}`,
      requireNonce,
      ...(accessToken === undefined ? {} : { accessToken }),
    };
    try {
      const { jkt, nextNonce } = await this.verifier.verify(proof, demand);
      if (nextNonce !== undefined) reply.header('dpop-nonce', nextNonce);
      return jkt;
    } catch (error) {
      if (error instanceof InvalidDpopProofError) throw refused('invalid_dpop_proof', error.reason);
      if (!(error instanceof DpopNonceError)) throw error;
      throw refused('use_dpop_nonce', error.message, this.verifier.nonces.current());
    }
  }
}

/** FAPI 2.0 Security Profile §5.4.1. */
function checkAlgorithm(proof: unknown): void {
  const alg = typeof proof === 'string' ? readUnverifiedJwt(proof)?.header.alg : undefined;
  if (alg !== undefined && !FAPI2_ALGORITHMS.includes(alg as string))
    throw refusedAtTokenEndpoint(
      'invalid_dpop_proof',
      `Proofs are signed with ${FAPI2_ALGORITHMS.join(', ')}`,
    );
}

/** RFC 9449 §5 and §8: 400, as RFC 6749 §5.2 has it. */
function refusedAtTokenEndpoint(...[code, text, nonce]: Parameters<Refusal>): OAuthError {
  return new OAuthError(code, text, { headers: nonceHeader(nonce) });
}

/** RFC 9449 §7.1 and §9: 401, with a challenge. */
function refusedAtResource(...[code, text, nonce]: Parameters<Refusal>): OAuthError {
  const challenge = bearerChallenge({
    scheme: 'DPoP',
    error: code,
    errorDescription: text,
    algs: DPOP_ALGORITHMS,
  });
  return new OAuthError(code, text, {
    status: 401,
    headers: { 'www-authenticate': challenge, ...nonceHeader(nonce) },
  });
}

function nonceHeader(nonce: string | undefined): Record<string, string> {
  return nonce === undefined ? {} : { 'dpop-nonce': nonce };
}
