import { Problem } from '@gatehouse/http';
import { missingScopes } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { type Caller, RedirectAnswer, type RouteGuard, RouteGuardType } from '../guards/route-guard.js';
import { LoginCookies } from './login-cookies.js';
import { LoginSessions } from './login-sessions.service.js';
import { isSameOrigin } from './same-origin.js';

const settings = z.strictObject({
  /** Scopes the person must have granted. */
  scopes: z.array(z.string().min(1)).max(50).default([]),
});

export type LoginSettings = z.output<typeof settings>;

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** `{"type": "login"}`: a person, signed in by redirect. A browser that comes without a session is sent to sign in. */
@Injectable()
@RouteGuardType('login')
export class LoginGuard implements RouteGuard<LoginSettings> {
  readonly settings = settings as z.ZodType<LoginSettings>;

  constructor(
    private readonly sessions: LoginSessions,
    private readonly cookies: LoginCookies,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async check(request: FastifyRequest, { scopes }: LoginSettings): Promise<Caller> {
    const caller = await this.sessions.find(this.cookies.session(request));
    if (!caller) throw askToSignIn(request);
    // The cookie comes by itself with whatever another site makes the browser send.
    if (!SAFE_METHODS.has(request.method) && !isSameOrigin(request, this.config.gatewayUrl)) {
      throw new Problem(403, 'This call changes something, and does not come from this site (Origin).');
    }
    if (missingScopes(caller.scopes ?? [], scopes).length > 0) {
      throw new Problem(403, `This needs the scopes ${scopes.join(' ')}.`);
    }
    return caller;
  }
}

/** A page is worth a redirect; a script's call is better told. */
function askToSignIn(request: FastifyRequest): Error {
  const navigates = SAFE_METHODS.has(request.method) && request.headers.accept?.includes('text/html');
  if (navigates)
    return new RedirectAnswer(`/.gatehouse/login?return_to=${encodeURIComponent(request.raw.url!)}`);
  return new Problem(401, 'Nobody is signed in: open /.gatehouse/login in the browser.');
}
