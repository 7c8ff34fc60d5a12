import { Problem } from '@gatehouse/http';
import {
  bearerChallenge,
  type BearerChallenge,
  bearerToken,
  InvalidTokenError,
  missingScopes,
} from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { IncomingCall } from '../calls/incoming-call.js';
import { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { AccessTokens } from '../tokens/access-tokens.service.js';
import { resourceMetadataUrl } from '../protected-resource/resource-metadata-url.js';
import { type Caller, type RouteGuard, RouteGuardType } from './route-guard.js';

/** What a route says to this guard, besides `type`. */
export const accessTokenSettings = z.strictObject({
  /** What the token's `aud` must hold: the API's identifier. */
  audience: z.string().min(1),
  /** All of them are needed. */
  scopes: z.array(z.string().min(1)).max(50).default([]),
});

export type AccessTokenSettings = z.output<typeof accessTokenSettings>;

/** `{"type": "access_token", "audience": …, "scopes": […]}`: an access token of our auth-server (RFC 6750). */
@Injectable()
@RouteGuardType('access_token')
export class AccessTokenGuard implements RouteGuard<AccessTokenSettings> {
  readonly settings = accessTokenSettings as z.ZodType<AccessTokenSettings>;

  constructor(
    private readonly tokens: AccessTokens,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async check(request: IncomingCall, { audience, scopes }: AccessTokenSettings): Promise<Caller> {
    const token = bearerToken(request.headers.authorization);
    const refusal = this.refusalFor(audience);
    if (token === undefined) throw refusal(401, 'This API needs an access token.', { scope: scopes });
    const verified = await this.tokens.verify(token).catch((error: unknown) => {
      if (!(error instanceof InvalidTokenError)) throw error;
      throw refusal(401, `${error.reason}.`, { error: 'invalid_token', errorDescription: error.reason });
    });
    if (!verified.audiences.includes(audience)) {
      const errorDescription = 'The token is for another API';
      throw refusal(401, `${errorDescription}.`, { error: 'invalid_token', errorDescription });
    }
    const missing = missingScopes(verified.scopes, scopes);
    if (missing.length > 0) {
      const errorDescription = `The token lacks the scope ${missing.join(' ')}`;
      throw refusal(403, `${errorDescription}.`, {
        error: 'insufficient_scope',
        errorDescription,
        scope: scopes,
      });
    }
    return { subject: verified.claims.sub, clientId: verified.claims.client_id, scopes: verified.scopes };
  }

  /** Each refusal tells where to learn how to get a token, when the API is one of this gateway (RFC 9728 §5.1). */
  private refusalFor(
    audience: string,
  ): (status: 401 | 403, detail: string, challenge: BearerChallenge) => Problem {
    return (status, detail, challenge) => {
      const resourceMetadata = resourceMetadataUrl(this.config.gatewayUrl, audience);
      const value = bearerChallenge({ ...challenge, resourceMetadata });
      return new Problem(status, detail, { headers: { 'www-authenticate': value } });
    };
  }
}
