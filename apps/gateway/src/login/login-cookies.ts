import { type CookieSite, readCookie, serializeCookie } from '@gatehouse/http';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { SESSION_LIFETIME_S } from './login-sessions.service.js';

const SESSION = 'gh_gw_session';
const BROWSER = 'gh_gw_browser';

/** The gateway's cookies: the session, and what binds a login to the browser that began it. */
@Injectable()
export class LoginCookies {
  private readonly site: CookieSite;

  constructor(@Inject(CONFIG) config: Config) {
    this.site = { secure: config.gatewayUrl.startsWith('https:') };
  }

  session(request: FastifyRequest): string | undefined {
    return readCookie(request.headers.cookie, SESSION, this.site);
  }

  sessionCookie(secret: string): string {
    return serializeCookie(SESSION, secret, this.site, SESSION_LIFETIME_S);
  }

  endedSessionCookie(): string {
    return serializeCookie(SESSION, '', this.site, 0);
  }

  browser(request: FastifyRequest): string | undefined {
    const value = readCookie(request.headers.cookie, BROWSER, this.site);
    return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
  }

  browserCookie(secret: string): string {
    return serializeCookie(BROWSER, secret, this.site);
  }
}
