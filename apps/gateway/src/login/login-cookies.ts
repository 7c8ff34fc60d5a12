import { type CookieSite, cookieName, readCookie, serializeCookie } from '@gatehouse/http';
import { hashOf } from '@gatehouse/token';

/** How long a login may take. */
export const LOGIN_LIFETIME_S = 600;

const SESSION = 'gh_gw_session';
const LOGIN = 'gh_gw_login_';
/** Logins that one browser has open at once; past it they all go, so that its headers stay small. */
const MAX_LOGINS = 10;
const SECRET = /^[\w-]{43}$/;

/** What the cookies of a login client are called, and how long the session's lives. */
export interface CookieSettings extends CookieSite {
  /** Ends the session cookie's name; empty for the built-in login client. */
  readonly suffix: string;
  /** Of the session's, in seconds; undefined: until the browser is closed. */
  readonly maxAge: number | undefined;
}

/** The cookies of a login client at one site: the session, and for each login what binds it to the browser that began it. */
export class LoginCookies {
  private readonly sessionName: string;

  constructor(private readonly settings: CookieSettings) {
    this.sessionName = settings.suffix === '' ? SESSION : `${SESSION}_${settings.suffix}`;
  }

  /** @param cookie the request's `Cookie` header, as in what follows */
  session(cookie: string | undefined): string | undefined {
    return this.secret(cookie, this.sessionName);
  }

  sessionCookie(secret: string): string {
    return serializeCookie(this.sessionName, secret, this.settings, this.settings.maxAge);
  }

  endedSessionCookie(): string {
    return serializeCookie(this.sessionName, '', this.settings, 0);
  }

  login(cookie: string | undefined, state: string): string | undefined {
    return this.secret(cookie, loginName(state));
  }

  /** A cookie for each login: tabs that begin one at the same moment must not take each other's. */
  loginCookies(cookie: string | undefined, state: string, secret: string): string[] {
    const open = this.openLogins(cookie);
    const surplus = open.length < MAX_LOGINS ? [] : open;
    return [
      ...surplus.map((name) => serializeCookie(name, '', this.settings, 0)),
      serializeCookie(loginName(state), secret, this.settings, LOGIN_LIFETIME_S),
    ];
  }

  endedLoginCookie(state: string): string {
    return serializeCookie(loginName(state), '', this.settings, 0);
  }

  private secret(cookie: string | undefined, name: string): string | undefined {
    const value = readCookie(cookie, name, this.settings);
    return value !== undefined && SECRET.test(value) ? value : undefined;
  }

  private openLogins(cookie = ''): string[] {
    const prefix = cookieName(LOGIN, this.settings);
    return cookie
      .split(';')
      .map((pair) => pair.trim().split('=', 1)[0]!)
      .filter((name) => name.startsWith(prefix) && /^[\w-]+$/.test(name))
      .map((name) => LOGIN + name.slice(prefix.length));
  }
}

function loginName(state: string): string {
  return LOGIN + hashOf(state).slice(0, 12);
}
