import type { Request } from 'express';
import OAuth2Strategy from 'passport-oauth2';
import { LoginState } from './login-state.js';
import { TIMEOUT_MS, timedAgent } from './timed-agents.js';

/** Who is signed in. Kept in the session, which stays on the server: the browser never sees the token. */
export interface SignedIn {
  subject: string;
  name: string;
  accessToken: string;
}

/** The addresses and credentials that sign-in needs. */
export interface GatehouseOptions {
  issuer: string;
  /** Origin for calls from server to server. */
  internal: string;
  clientId: string;
  clientSecret: string;
  callback: string;
  scope: string[];
}

interface UserInfo {
  sub: string;
  name?: string;
  preferred_username?: string;
}

const NOT_SIGNED_IN = 'Gatehouse did not sign you in. Please try again.';
const REFUSALS: Readonly<Record<string, string>> = { access_denied: 'You did not allow it.' };

/** Signs in by the authorization code flow with PKCE (RFC 7636), the answer's issuer checked (RFC 9207). */
export class GatehouseStrategy extends OAuth2Strategy {
  override name = 'gatehouse';

  constructor(private readonly gatehouse: GatehouseOptions) {
    super(
      {
        authorizationURL: `${gatehouse.issuer}/oauth2/authorize`,
        tokenURL: `${gatehouse.internal}/oauth2/token`,
        clientID: gatehouse.clientId,
        clientSecret: gatehouse.clientSecret,
        callbackURL: gatehouse.callback,
        scope: gatehouse.scope,
        // The declared types know neither 'S256' nor stores that keep a verifier.
        pkce: 'S256' as unknown as boolean,
        store: new LoginState() as unknown as OAuth2Strategy.StateStore,
      },
      signedIn,
    );
    this._oauth2.setAgent(timedAgent(gatehouse.internal));
  }

  override authenticate(request: Request, options?: object): void {
    const { code, error, iss } = request.query;
    // RFC 9207 §2.4: an answer without `iss`, or with another's, may come from an attacker's server.
    if ((code !== undefined || error !== undefined) && iss !== this.gatehouse.issuer) {
      return this.fail({ message: 'The answer does not come from this Gatehouse.' }, 403);
    }
    // Anyone can make a link with an error in it, so its text is not shown.
    if (error !== undefined) return this.fail({ message: REFUSALS[String(error)] ?? NOT_SIGNED_IN }, 403);
    super.authenticate(request, options);
  }

  override userProfile(accessToken: string, done: (error?: unknown, profile?: UserInfo) => void): void {
    this.userInfo(accessToken).then(
      (profile) => done(null, profile),
      (error: unknown) => done(error),
    );
  }

  private async userInfo(accessToken: string): Promise<UserInfo> {
    const response = await fetch(`${this.gatehouse.internal}/userinfo`, {
      headers: { authorization: `Bearer ${accessToken}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`userinfo answered ${response.status}`);
    return (await response.json()) as UserInfo;
  }
}

function signedIn(
  accessToken: string,
  _refreshToken: string,
  profile: UserInfo,
  done: (error: null, user: Express.User) => void,
): void {
  const name = profile.name ?? profile.preferred_username ?? profile.sub;
  const user: SignedIn = { subject: profile.sub, name, accessToken };
  done(null, user);
}
