import { OAuthError } from '@gatehouse/http';
import {
  bearerChallenge,
  type BearerChallenge,
  InvalidTokenError,
  missingScopes,
  type PresentedToken,
  presentedToken,
  type VerifiedAccessToken,
} from '@gatehouse/token';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { Possessions } from '../possession/possessions.service.js';
import { AccessTokenReader } from '../token/access-token-reader.service.js';
import { resourceMetadataUrl } from '../protected-resource/protected-resources.js';

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

/** Protects this server's own APIs by its own access tokens (RFC 6750), bound ones with their proof (RFC 9449 §7). */
@Injectable()
export class BearerGuard implements CanActivate {
  private readonly scopes = new WeakMap<object, string>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly tokens: AccessTokenReader,
    private readonly possessions: Possessions,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const scope = this.scopeOf(context);
    try {
      return await this.admit(scope, context);
    } catch (error) {
      throw withMetadata(error, RESOURCE_OF[scope]!(this.config.issuer));
    }
  }

  /** What the decorator says, read once for each handler. */
  private scopeOf(context: ExecutionContext): string {
    const handler = context.getHandler();
    const known = this.scopes.get(handler);
    if (known !== undefined) return known;
    const scope = this.reflector.getAllAndOverride(RequireScope, [handler, context.getClass()]);
    this.scopes.set(handler, scope);
    return scope;
  }

  private async admit(scope: string, context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<BearerRequest>();
    const presented = presentedToken(request.headers.authorization);
    if (presented === undefined) {
      throw refusal('invalid_token', 401, 'This needs an access token in the Authorization header', {
        scope: [scope],
      });
    }
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const verified = await this.verified(presented, request, reply);
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

  private async verified(
    { scheme, token }: PresentedToken,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<VerifiedAccessToken> {
    try {
      const verified = await this.tokens.readActive(token);
      await this.possessions.prove({ request, reply, token }, scheme, verified.claims.cnf);
      return verified;
    } catch (error) {
      if (!(error instanceof InvalidTokenError)) throw error;
      throw refusal('invalid_token', 401, error.reason, { scheme, error: 'invalid_token' });
    }
  }
}

/** RFC 9728 §5.1: each challenge says where to learn what the resource asks for. */
function withMetadata(error: unknown, resource: string): unknown {
  const challenge = error instanceof OAuthError && error.headers['www-authenticate'];
  if (!challenge) return error;
  const { code, description, status, headers } = error;
  const more = `${challenge}, resource_metadata="${resourceMetadataUrl(resource)}"`;
  return new OAuthError(code, description, { status, headers: { ...headers, 'www-authenticate': more } });
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
