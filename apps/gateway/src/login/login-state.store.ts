import { Store } from '@gatehouse/store';
import { type Hash, hashOf, matchesHash, newSecret, SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { LOGIN_LIFETIME_S } from './login-cookies.js';
import { expiredLogin } from './login-failed.js';
import type { Login } from './login-path.js';
import type { LoginAttempt, PassportRequest } from './passport-request.js';

interface StoredState {
  readonly login: Login;
  /** Undefined where the provider takes no PKCE. */
  readonly codeVerifier?: string | undefined;
  /** The redirect URI of the request: its answer comes there, and nowhere else (RFC 9700 §4.4.2.2). */
  readonly redirectUri: string;
  readonly nonce: string;
  /** Hash of the browser's secret. */
  readonly browser: Hash;
}

type Stored = (error: Error | null, state?: string) => void;
type Verified = (error: Error | null, codeVerifier?: string | boolean) => void;

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
  ) {
    this.box = new SecretBox(config.secret, 'logins under way');
  }

  store(
    request: PassportRequest,
    codeVerifier: string | undefined,
    _state: unknown,
    _meta: unknown,
    done: Stored,
  ): void {
    this.begin(request, codeVerifier).then(
      (state) => done(null, state),
      (error: Error) => done(error),
    );
  }

  verify(request: PassportRequest, state: string, _meta: unknown, done: Verified): void {
    this.finish(request, state).then(
      (stored) => (stored ? done(null, stored.codeVerifier ?? true) : done(expiredLogin())),
      (error: Error) => done(error),
    );
  }

  /**
   * Ends a login, whoever asks: a state that another browser has seen is spent, as is one whose answer came to the
   * redirect URI of another provider. Completes the attempt.
   */
  async finish(request: PassportRequest, state: string): Promise<StoredState | undefined> {
    const { site } = request.attempt!;
    const browser = site.cookies.login(request.headers.cookie, state);
    const found = await this.states.take(keyOf(state));
    if (found === undefined || browser === undefined) return undefined;
    const stored = JSON.parse(this.box.open(found, keyOf(state))) as StoredState;
    if (!matchesHash(browser, stored.browser) || stored.redirectUri !== site.redirectUri) return undefined;
    Object.assign(request.attempt!, { login: stored.login, nonce: stored.nonce });
    return stored;
  }

  private async begin(request: PassportRequest, codeVerifier: string | undefined): Promise<string> {
    const { site, nonce, login } = request.attempt as Required<LoginAttempt>;
    const state = newSecret();
    const browser = newSecret();
    const { redirectUri } = site;
    const stored: StoredState = {
      login,
      codeVerifier,
      redirectUri,
      nonce,
      browser: hashOf(browser),
    };
    await this.states.set(
      keyOf(state),
      this.box.seal(JSON.stringify(stored), keyOf(state)),
      LOGIN_LIFETIME_S,
    );
    request.setCookies(site.cookies.loginCookies(request.headers.cookie, state, browser));
    return state;
  }
}

function keyOf(state: string): string {
  return `login:${hashOf(state)}`;
}
