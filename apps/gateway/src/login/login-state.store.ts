import { Store } from '@gatehouse/store';
import { equalSecrets, hashOf, newSecret } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import type { PassportRequest } from './passport-request.js';

const LIFETIME_S = 600;

interface StoredState {
  readonly codeVerifier: string;
  readonly returnTo: string;
  /** Hash of the browser's secret. */
  readonly browser: string;
}

type Stored = (error: Error | null, state?: string) => void;
type Verified = (error: Error | null, codeVerifier: string | false, info?: { message: string }) => void;

/**
 * The state store of passport-oauth2, keyed by state, so that several tabs can sign in at once. A state is good for
 * one answer, of our issuer (RFC 9207), in the browser that began (RFC 6749 §10.12).
 */
@Injectable()
export class LoginStateStore {
  constructor(
    @Inject(Store) private readonly states: Store,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** passport-oauth2 tells by the number of parameters which of its contracts a store keeps: five, and four below. */
  store(request: PassportRequest, codeVerifier: string, _state: unknown, _meta: unknown, done: Stored): void {
    const state = newSecret();
    const stored: StoredState = {
      codeVerifier,
      returnTo: request.returnTo,
      browser: hashOf(request.browser ?? ''),
    };
    this.states.set(keyOf(state), JSON.stringify(stored), LIFETIME_S).then(
      () => done(null, state),
      (error: Error) => done(error),
    );
  }

  verify(request: PassportRequest, state: string, _meta: unknown, done: Verified): void {
    this.take(request, state).then(
      (codeVerifier) => {
        if (codeVerifier === undefined)
          done(null, false, { message: 'The login was not begun in this browser' });
        else done(null, codeVerifier);
      },
      (error: Error) => done(error, false),
    );
  }

  private async take(request: PassportRequest, state: string | undefined): Promise<string | undefined> {
    if (state === undefined || request.browser === undefined) return undefined;
    // RFC 9207 §2.4: an answer of another server, or one that doesn't say whose it is, is a mix-up attack.
    if (request.query.iss !== this.config.issuer) return undefined;
    const found = await this.states.take(keyOf(state));
    if (found === undefined) return undefined;
    const { codeVerifier, returnTo, browser } = JSON.parse(found) as StoredState;
    if (!equalSecrets(hashOf(request.browser), browser)) return undefined;
    request.returnTo = returnTo;
    return codeVerifier;
  }
}

function keyOf(state: string): string {
  return `login:${hashOf(state)}`;
}
