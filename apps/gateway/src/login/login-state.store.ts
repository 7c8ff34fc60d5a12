import { Store } from '@gatehouse/store';
import { type Hash, hashOf, matchesHash, newSecret, SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { LOGIN_LIFETIME_S, LoginCookies } from './login-cookies.js';
import { expiredLogin } from './login-failed.js';
import type { Login, PassportRequest } from './passport-request.js';

interface StoredState extends Login {
  readonly codeVerifier: string;
  /** Hash of the browser's secret. */
  readonly browser: Hash;
}

type Stored = (error: Error | null, state?: string) => void;
type Verified = (error: Error | null, codeVerifier?: string | false) => void;

/**
 * The state store of passport-oauth2, keyed by state, so that several tabs can sign in at once. A state is good for
 * one answer, in the browser that began (RFC 6749 §10.12). passport-oauth2 tells by the number of parameters which of
 * its contracts a store keeps: five for `store`, four for `verify`.
 */
@Injectable()
export class LoginStateStore {
  private readonly box: SecretBox;

  constructor(
    @Inject(Store) private readonly states: Store,
    @Inject(CONFIG) config: Config,
    private readonly cookies: LoginCookies,
  ) {
    this.box = new SecretBox(config.secret, 'logins under way');
  }

  store(request: PassportRequest, codeVerifier: string, login: Login, _meta: unknown, done: Stored): void {
    this.begin(request, { ...login, codeVerifier }).then(
      (state) => done(null, state),
      (error: Error) => done(error),
    );
  }

  verify(request: PassportRequest, state: string, _meta: unknown, done: Verified): void {
    this.finish(request, state).then(
      (stored) => (stored ? done(null, stored.codeVerifier) : done(expiredLogin())),
      (error: Error) => done(error),
    );
  }

  /** Ends a login, whoever asks: a state that another browser has seen is spent. Sets `request.login`. */
  async finish(request: PassportRequest, state: string): Promise<StoredState | undefined> {
    const browser = this.cookies.login(request.headers.cookie, state);
    const found = await this.states.take(keyOf(state));
    if (found === undefined || browser === undefined) return undefined;
    const stored = JSON.parse(this.box.open(found, keyOf(state))) as StoredState;
    if (!matchesHash(browser, stored.browser)) return undefined;
    request.login = { returnTo: stored.returnTo, scopes: stored.scopes };
    return stored;
  }

  private async begin(request: PassportRequest, login: Omit<StoredState, 'browser'>): Promise<string> {
    const state = newSecret();
    const browser = newSecret();
    const stored: StoredState = { ...login, browser: hashOf(browser) };
    await this.states.set(
      keyOf(state),
      this.box.seal(JSON.stringify(stored), keyOf(state)),
      LOGIN_LIFETIME_S,
    );
    request.setCookies(this.cookies.loginCookies(request.headers.cookie, state, browser));
    return state;
  }
}

function keyOf(state: string): string {
  return `login:${hashOf(state)}`;
}
