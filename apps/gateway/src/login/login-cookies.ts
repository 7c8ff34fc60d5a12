import { type CookieSite, cookieName, readCookie, serializeCookie } from '@gatehouse/http';
import { hashOf } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';

/** How long a person stays signed in at the gateway, whatever they do. */
export const SESSION_LIFETIME_S = 8 * 3_600;
/** How long a login may take. */
export const LOGIN_LIFETIME_S = 600;

const SESSION = 'gh_gw_session';
const LOGIN = 'gh_gw_login_';
/** Logins that one browser has open at once; past it they all go, so that its headers stay small. */
const MAX_LOGINS = 10;

/** The gateway's cookies: the session, and for each login what binds it to the browser that began it. */
@Injectable()
export class LoginCookies {
  private readonly site: CookieSite;

  constructor(@Inject(CONFIG) config: Config) {
    this.site = { secure: config.gatewayUrl.startsWith('https:') };
  }

  session(request: FastifyRequest): string | undefined {
    const value = readCookie(request.headers.cookie, SESSION, this.site);
    return value !== undefined && SECRET.test(value) ? value : undefined;
  }

  sessionCookie(secret: string): string {
    return serializeCookie(SESSION, secret, this.site, SESSION_LIFETIME_S);
  }

  endedSessionCookie(): string {
    return serializeCookie(SESSION, '', this.site, 0);
  }

  /** @param cookie the request's `Cookie` header */
  login(cookie: string | undefined, state: string): string | undefined {
    const value = readCookie(cookie, loginName(state), this.site);
    return value !== undefined && SECRET.test(value) ? value : undefined;
  }

  /** A cookie for each login: tabs that begin one at the same moment must not take each other's. */
  loginCookies(cookie: string | undefined, state: string, secret: string): string[] {
    const open = this.openLogins(cookie);
    const surplus = open.length < MAX_LOGINS ? [] : open;
    return [
      ...surplus.map((name) => serializeCookie(name, '', this.site, 0)),
      serializeCookie(loginName(state), secret, this.site, LOGIN_LIFETIME_S),
    ];
  }

  endedLoginCookie(state: string): string {
    return serializeCookie(loginName(state), '', this.site, 0);
  }

  private openLogins(cookie = ''): string[] {
    const prefix = cookieName(LOGIN, this.site);
    return cookie
      .split(';')
      .map((pair) => pair.trim().split('=', 1)[0]!)
      .filter((name) => name.startsWith(prefix) && /^[\w-]+$/.test(name))
      .map((name) => LOGIN + name.slice(prefix.length));
  }
}

const SECRET = /^[\w-]{43}$/;

function loginName(state: string): string {
  return LOGIN + hashOf(state).slice(0, 12);
}
