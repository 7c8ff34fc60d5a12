import { randomBytes } from 'node:crypto';
import type { Request } from 'express';

declare module 'express-session' {
  interface SessionData {
    /** PKCE verifiers of the sign-ins under way, by `state`. */
    logins?: Record<string, string>;
  }
}

type Stored = (error: Error | null, state?: string) => void;
type Verified = (error: Error | null, verifier: string | false, info?: { message: string }) => void;

/** Sign-ins that one browser may have open, in as many tabs. */
const MOST = 5;

/**
 * Where passport-oauth2 keeps `state` and the PKCE verifier. Its own store keeps one sign-in per session, so that a
 * second tab would break the first.
 */
export class LoginState {
  store(request: Request, verifier: string, _state: unknown, _meta: unknown, done: Stored): void {
    const state = randomBytes(24).toString('base64url');
    const kept = Object.entries(request.session.logins ?? {}).slice(1 - MOST);
    request.session.logins = { ...Object.fromEntries(kept), [state]: verifier };
    done(null, state);
  }

  verify(request: Request, state: string, done: Verified): void {
    const logins = request.session.logins ?? {};
    const verifier = typeof state === 'string' && Object.hasOwn(logins, state) ? logins[state] : undefined;
    if (verifier === undefined)
      return done(null, false, { message: 'This sign-in was not begun in this browser.' });
    // Each state serves once.
    delete logins[state];
    done(null, verifier);
  }
}
