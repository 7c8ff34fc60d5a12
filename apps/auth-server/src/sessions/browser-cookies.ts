import { type CookieSite, readCookie, serializeCookie, serializeSharedCookie } from '@gatehouse/http';
import { newSecret } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { browserStateOf, SESSION_LIFETIME_S } from './sessions.service.js';

const SESSION = 'gh_as_session';
const BROWSER = 'gh_as_browser';

/** Changes with the login; for the OP iframe alone (OpenID Connect Session Management §3.2), so scripts can read it. */
export const BROWSER_STATE = 'gh_as_state';

/** The two cookies of this server: one says who is signed in, the other only that it is the same browser. */
@Injectable()
export class BrowserCookies {
  private readonly site: CookieSite;

  constructor(@Inject(CONFIG) private readonly config: Config) {
    this.site = { secure: config.issuer.startsWith('https:') };
  }

  session(request: FastifyRequest): string | undefined {
    return readCookie(request.headers.cookie, SESSION, this.site);
  }

  setSession(reply: FastifyReply, secret: string): void {
    reply.header('set-cookie', serializeCookie(SESSION, secret, this.site, SESSION_LIFETIME_S));
    this.setState(reply, browserStateOf(secret), SESSION_LIFETIME_S);
  }

  clearSession(reply: FastifyReply): void {
    reply.header('set-cookie', serializeCookie(SESSION, '', this.site, 0));
    this.setState(reply, '', 0);
  }

  private setState(reply: FastifyReply, state: string, maxAge: number): void {
    if (!this.config.sessionManagement) return;
    reply.header('set-cookie', serializeSharedCookie(BROWSER_STATE, state, this.site, maxAge));
  }

  browser(request: FastifyRequest): string | undefined {
    return readCookie(request.headers.cookie, BROWSER, this.site);
  }

  /** The browser's secret, made up and set when it has none. It ends with the browser. */
  ensureBrowser(request: FastifyRequest, reply: FastifyReply): string {
    const existing = this.browser(request);
    if (existing !== undefined && /^[\w-]{43}$/.test(existing)) return existing;
    const secret = newSecret();
    reply.header('set-cookie', serializeCookie(BROWSER, secret, this.site));
    return secret;
  }
}
