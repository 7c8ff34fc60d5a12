import { Problem } from '@gatehouse/http';
import { missingScopes } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { type Caller, RedirectAnswer, type RouteGuard, RouteGuardType } from '../guards/route-guard.js';
import { LoginCookies } from './login-cookies.js';
import { loginPath } from './login-path.js';
import { LoginSessions, type SignedIn } from './login-sessions.service.js';
import { safeReturnTo } from './return-to.js';
import { isSameOrigin } from './same-origin.js';

const settings = z.strictObject({
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, 'must be a scope token (RFC 6749 §3.3)'))
    .max(50)
    .default(['openid', 'profile', 'email'])
    .describe('Scopes that the login asks for; all of them are needed'),
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
    const secret = this.cookies.session(request);
    // The cookie comes by itself with whatever another site makes the browser send.
    const changes = !SAFE_METHODS.has(request.method);
    if (secret !== undefined && changes && !isSameOrigin(request, this.config.gatewayUrl)) {
      throw new Problem(403, 'This call changes something, and does not come from this site (Origin).');
    }
    const session = await this.sessions.find(secret);
    if (!session) throw this.askToSignIn(request, scopes);
    const missing = missingScopes(session.caller.scopes ?? [], scopes);
    if (missing.length > 0) throw this.askForMore(request, session, missing);
    return session.caller;
  }

  /** Asked for once and not granted, a scope is not asked for again: that would go round for ever. */
  private askForMore(request: FastifyRequest, { asked }: SignedIn, missing: readonly string[]): Error {
    const refused = missing.filter((scope) => asked.includes(scope));
    if (refused.length === 0) return this.askToSignIn(request, [...asked, ...missing]);
    return new Problem(403, `This needs the scopes ${refused.join(' ')}, which the login was not given.`);
  }

  /** A page is worth a redirect; a script's call is better told. */
  private askToSignIn(request: FastifyRequest, scopes: readonly string[]): Error {
    if (isNavigation(request)) {
      const login = { returnTo: safeReturnTo(request.raw.url), scopes };
      // By the gateway's own name, whichever one the browser used: the cookies are for that.
      return new RedirectAnswer(`${this.config.gatewayUrl}${loginPath(login)}`);
    }
    return new Problem(
      401,
      `Nobody is signed in: open ${this.config.gatewayUrl}/.gatehouse/login in the browser.`,
    );
  }
}

/** Whether the answer will be a page in front of a person. */
function isNavigation({ method, headers }: FastifyRequest): boolean {
  const mode = headers['sec-fetch-mode'];
  const reads = method === 'GET' || method === 'HEAD';
  return reads && (mode === undefined || mode === 'navigate') && /text\/html/i.test(headers.accept ?? '');
}
