import { type FieldFault, Problem } from '@gatehouse/http';
import {
  bearerChallenge,
  type BearerChallenge,
  DPOP_ALGORITHMS,
  InvalidDpopProofError,
  InvalidTokenError,
  type PresentedToken,
  presentedToken,
  type TokenType,
} from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { Call } from '../calls/call.js';
import type { IncomingCall } from '../calls/incoming-call.js';
import { CONFIG, type Config } from '../config.js';
import type { Configuration } from '../configuration/config-kind.js';
import { resourceMetadataUrl } from '../protected-resource/resource-metadata-url.js';
import { AccessTokens } from '../tokens/access-tokens.service.js';
import type { CallerToken } from '../tokens/caller-token.js';
import { OWN_ISSUER } from '../tokens/issuer-definition.js';
import { IssuerKind } from '../tokens/issuer.kind.js';
import { NonceNeededError, Possession } from '../tokens/possession.service.js';
import { type AccessTokenRules, accessTokenRules } from './access-token-settings.js';
import { ClientCertificates } from './client-certificates.service.js';
import { type Caller, type Consumed, type RouteGuard, RouteGuardType } from './route-guard.js';

/** `{"type": "access_token", "audience": …}`: an access token in the Authorization header (RFC 6750, RFC 9449). */
@Injectable()
@RouteGuardType('access_token')
export class AccessTokenGuard implements RouteGuard<AccessTokenRules> {
  readonly settings = accessTokenRules as unknown as z.ZodType<AccessTokenRules>;
  private readonly consumed: Consumed;

  constructor(
    private readonly tokens: AccessTokens,
    private readonly possession: Possession,
    certificates: ClientCertificates,
    private readonly issuers: IssuerKind,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    const { header } = certificates;
    this.consumed = { headers: ['authorization', 'dpop', ...(header === undefined ? [] : [header])] };
  }

  faults({ issuers }: AccessTokenRules, configuration: Configuration): FieldFault[] {
    const known = configuration.of(this.issuers);
    return issuers.flatMap((name, index) =>
      name === OWN_ISSUER || known.has(name)
        ? []
        : [{ pointer: `/issuers/${index}`, detail: 'names no issuer: create it first' }],
    );
  }

  /** A token or a proof that was passed on could be used by any upstream. */
  consumes(): Consumed {
    return this.consumed;
  }

  check(call: IncomingCall, rules: AccessTokenRules): Promise<Caller> | Caller {
    const presented = presentedToken(call.headers.authorization);
    if (presented === undefined) {
      const challenge = { scope: rules.challenged, ...schemeOf(rules) };
      throw this.refusal(rules, 401, 'This API needs an access token.', challenge);
    }
    if (hasTokenInQuery(call.url)) throw this.twoTokens(rules, presented.scheme);
    try {
      const token = this.tokens.verify(presented.token, rules.issuers);
      const caller =
        token instanceof Promise
          ? token.then((found) => this.admit(call, presented, found, rules))
          : this.admit(call, presented, token, rules);
      if (!(caller instanceof Promise)) return caller;
      return caller.catch((error: unknown) => {
        throw this.explained(error, rules, presented.scheme);
      });
    } catch (error) {
      throw this.explained(error, rules, presented.scheme);
    }
  }

  private admit(
    call: IncomingCall,
    presented: PresentedToken,
    token: CallerToken,
    rules: AccessTokenRules,
  ): Promise<Caller> | Caller {
    for (const demand of rules.demands) {
      const refusal = demand(token);
      if (!refusal) continue;
      const { status, challenge } = refusal;
      const { scheme } = presented;
      throw this.refusal(rules, status, `${challenge.errorDescription}.`, { ...challenge, scheme });
    }
    const proven = this.possession.check(call, presented, token, rules);
    if (!proven) return callerOf(presented, token);
    return proven.then((nonce) => {
      if (nonce !== undefined && call instanceof Call) call.answerHeaders.set('dpop-nonce', nonce);
      return callerOf(presented, token);
    });
  }

  /** What is wrong with a token, in the words of RFC 6750 §3 and RFC 9449 §7.1. */
  private explained(error: unknown, rules: AccessTokenRules, scheme: TokenType): unknown {
    if (error instanceof InvalidTokenError) {
      const challenge = { error: 'invalid_token', errorDescription: error.reason } as const;
      return this.refusal(rules, 401, `${error.reason}.`, { ...challenge, ...schemeOf(rules, scheme) });
    }
    if (error instanceof InvalidDpopProofError) {
      const challenge = { error: 'invalid_dpop_proof', errorDescription: error.reason } as const;
      return this.refusal(rules, 401, `${error.reason}.`, { ...challenge, ...DPOP });
    }
    if (!(error instanceof NonceNeededError)) return error;
    const challenge = { error: 'use_dpop_nonce', errorDescription: error.message, ...DPOP } as const;
    return this.refusal(rules, 401, `${error.message}.`, challenge, { 'dpop-nonce': error.nonce });
  }

  /** RFC 6750 §2: whoever sends two tokens wants that two servers take different ones. */
  private twoTokens(rules: AccessTokenRules, scheme: TokenType): Problem {
    const errorDescription = 'The request has a token in the query, too';
    return this.refusal(rules, 400, `${errorDescription}.`, {
      error: 'invalid_request',
      errorDescription,
      scheme,
    });
  }

  /** Each refusal tells where to learn how to get a token, when the API is one of this gateway (RFC 9728 §5.1). */
  private refusal(
    { audience }: AccessTokenRules,
    status: number,
    detail: string,
    challenge: BearerChallenge,
    headers: Record<string, string> = {},
  ): Problem {
    const resourceMetadata = resourceMetadataUrl(this.config.gatewayUrl, audience);
    const value = bearerChallenge({ ...challenge, resourceMetadata });
    return new Problem(status, detail, { headers: { 'www-authenticate': value, ...headers } });
  }
}

/** What is not known is left out, as it must not hide what another guard knows. */
function callerOf({ token }: PresentedToken, known: CallerToken): Caller {
  const { subject, clientId, scopes, claims, issuer } = known;
  const caller: { -readonly [Member in keyof Caller]: Caller[Member] } = { scopes, claims, issuer, token };
  if (subject !== undefined) caller.subject = subject;
  if (clientId !== undefined) caller.clientId = clientId;
  return caller;
}

const DPOP = { scheme: 'DPoP', algs: DPOP_ALGORITHMS } as const;

/** RFC 9449 §7.1: where nothing but DPoP will do, the challenge says so. */
function schemeOf(rules: AccessTokenRules, scheme: TokenType = 'Bearer'): BearerChallenge {
  return rules.dpop === 'required' || scheme === 'DPoP' ? DPOP : {};
}

/** RFC 6750 §2.3, which RFC 9700 §4.3.2 forbids. */
function hasTokenInQuery(url: string): boolean {
  const start = url.indexOf('?');
  if (start < 0) return false;
  const query = url.slice(start);
  return /access|%/i.test(query) && new URLSearchParams(query).has('access_token');
}
