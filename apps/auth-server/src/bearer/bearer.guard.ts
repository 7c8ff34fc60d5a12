import { OAuthError } from '@gatehouse/http';
import {
  accessTokenVerifier,
  bearerChallenge,
  type BearerChallenge,
  bearerToken,
  InvalidTokenError,
  missingScopes,
  type VerifiedAccessToken,
} from '@gatehouse/token';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { KeysService } from '../keys/keys.service.js';
import { RevocationsService } from '../revocation/revocations.service.js';

/** The resources of this server's own APIs, by the scope that opens them. */
const RESOURCE_OF: Readonly<Record<string, (issuer: string) => string>> = {
  admin: (issuer) => `${issuer}/admin/v1`,
  revocations: (issuer) => `${issuer}/internal`,
  openid: (issuer) => issuer,
};

/** The scope a request's access token must have; its audience follows from it. For use with `BearerGuard`. */
export const RequireScope = Reflector.createDecorator<'admin' | 'revocations' | 'openid'>();

/** A request that `BearerGuard` has let through. */
export interface BearerRequest extends FastifyRequest {
  accessToken: VerifiedAccessToken;
}

/** Protects this server's own APIs by its own access tokens (RFC 6750). */
@Injectable()
export class BearerGuard implements CanActivate {
  private readonly verify: (token: string) => Promise<VerifiedAccessToken>;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    keys: KeysService,
    private readonly revocations: RevocationsService,
    private readonly reflector: Reflector,
  ) {
    this.verify = accessTokenVerifier(config.issuer, keys.resolve);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const scope = this.reflector.getAllAndOverride(RequireScope, [context.getHandler(), context.getClass()]);
    const request = context.switchToHttp().getRequest<BearerRequest>();
    const token = bearerToken(request.headers.authorization);
    if (token === undefined) {
      throw refusal('invalid_token', 401, 'This needs an access token in the Authorization header', {
        scope: [scope],
      });
    }
    const verified = await this.verified(token);
    if (!verified.audiences.includes(RESOURCE_OF[scope]!(this.config.issuer))) {
      throw refusal('invalid_token', 401, 'The token is for another resource', { error: 'invalid_token' });
    }
    if (missingScopes(verified.scopes, [scope]).length > 0) {
      throw refusal('insufficient_scope', 403, `The token lacks the scope ${scope}`, {
        error: 'insufficient_scope',
        scope: [scope],
      });
    }
    request.accessToken = verified;
    return true;
  }

  private async verified(token: string): Promise<VerifiedAccessToken> {
    let verified: VerifiedAccessToken;
    try {
      verified = await this.verify(token);
    } catch (error) {
      if (!(error instanceof InvalidTokenError)) throw error;
      throw refusal('invalid_token', 401, error.reason, { error: 'invalid_token' });
    }
    if (await this.revocations.isRevoked(verified)) {
      throw refusal('invalid_token', 401, 'The token was revoked', { error: 'invalid_token' });
    }
    return verified;
  }
}

/** RFC 6750 §3: a request without a token is told nothing but what is needed. */
function refusal(
  code: 'invalid_token' | 'insufficient_scope',
  status: number,
  text: string,
  challenge: BearerChallenge,
) {
  const errorDescription = challenge.error ? text : undefined;
  return new OAuthError(code, text, {
    status,
    headers: {
      'www-authenticate': bearerChallenge({
        ...challenge,
        ...(errorDescription ? { errorDescription } : {}),
      }),
    },
  });
}
