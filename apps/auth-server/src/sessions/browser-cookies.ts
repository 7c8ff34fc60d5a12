import { type CookieSite, readCookie, serializeCookie } from '@gatehouse/http';
import { newSecret } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { SESSION_LIFETIME_S } from './sessions.service.js';

const SESSION = 'gh_as_session';
const BROWSER = 'gh_as_browser';

/** The two cookies of this server: one says who is signed in, the other only that it is the same browser. */
@Injectable()
export class BrowserCookies {
  private readonly site: CookieSite;

  constructor(@Inject(CONFIG) config: Config) {
    this.site = { secure: config.issuer.startsWith('https:') };
  }

  session(request: FastifyRequest): string | undefined {
    return readCookie(request.headers.cookie, SESSION, this.site);
  }

  setSession(reply: FastifyReply, secret: string): void {
    reply.header('set-cookie', serializeCookie(SESSION, secret, this.site, SESSION_LIFETIME_S));
  }

  clearSession(reply: FastifyReply): void {
    reply.header('set-cookie', serializeCookie(SESSION, '', this.site, 0));
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
