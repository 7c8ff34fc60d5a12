import { Injectable, Logger } from '@nestjs/common';
import { printable } from './gatehouse-auth.guard.js';
import { GrantedScopes } from './granted-scopes.service.js';
import { type IdTokenClaims, verifyIdToken } from './id-token.js';
import type { LoginClient } from './login-client.js';
import { unavailableLogin, unwelcome } from './login-failed.js';
import type { Login } from './login-path.js';
import type { LoginAttempt, TokenAnswer } from './passport-request.js';
import { callerOf, groupsOf, hasWelcomeEmail } from './person.js';
import { exchange } from './provider-request.js';
import { expiryOf } from './provider-tokens.service.js';
import type { Provider } from './provider.js';
import type { Asked, Session } from './session.js';

type Claims = Readonly<Record<string, unknown>>;

/** A login that succeeded: the session to be, and what tells a logout that it is about this one. */
export interface SignedIn {
  readonly session: Session;
  readonly issuedAt: number;
}

/** Finds out who came back from the provider: the tokens are believed only here. */
@Injectable()
export class SignIn {
  private readonly logger = new Logger(SignIn.name);

  constructor(private readonly granted: GrantedScopes) {}

  /** @throws LoginFailedError */
  async complete(attempt: LoginAttempt, answer: TokenAnswer): Promise<SignedIn> {
    const { client } = attempt;
    const login = attempt.login!;
    const { claims, idToken, scopes } = await this.verified(attempt, answer).catch((error: Error) => {
      this.logger.warn(`A login failed: ${printable(error)}`);
      throw unavailableLogin(login);
    });
    if (!hasWelcomeEmail(client, claims.all)) {
      throw unwelcome('Your e-mail address is not one of those that are let in here.', login);
    }
    const { acr, sid, iat } = claims.idToken;
    const session: Session = {
      caller: callerOf(client, claims.all, scopes),
      groups: groupsOf(client, claims.all),
      acr: typeof acr === 'string' ? acr : undefined,
      sid: typeof sid === 'string' ? sid : undefined,
      asked: askedBy(client, login),
      tokens: {
        accessToken: answer.accessToken,
        refreshToken: answer.refreshToken,
        expiresAt: expiryOf(answer.parameters.expires_in),
        renewedAt: Date.now(),
        idToken,
      },
      endsAt: Math.floor(Date.now() / 1000) + client.sessionLifetime,
    };
    return { session, issuedAt: iat };
  }

  private async verified(attempt: LoginAttempt, { accessToken, parameters }: TokenAnswer) {
    const { client, provider, nonce } = attempt;
    const { id_token: idToken, token_type: type, scope } = parameters;
    // RFC 6749 §7.1: a token of a type that one does not know is not used.
    if (String(type).toLowerCase() !== 'bearer') throw new Error('the access token is of another type');
    if (typeof idToken !== 'string' || nonce === undefined) throw new Error('there is no ID Token');
    const own = await verifyIdToken(idToken, { client, provider, accessToken, nonce });
    const more = await userinfo(provider, accessToken, own);
    // §5.1: left out, the scope is what was asked for; of that, what the address of the login added is anybody's word.
    const grant = { accessToken, subject: own.sub, scope };
    const scopes = await this.granted.of(client, provider, grant, client.scopes);
    return { claims: { idToken: own, all: { ...more, ...own } as Claims }, idToken, scopes };
  }
}

/** What a login asks for: all that the client wants, and what the route needs besides. */
export function askedBy(client: LoginClient, { scopes = [], acrValues }: Login): Asked {
  return {
    scopes: [...new Set([...client.scopes, ...scopes])],
    acrValues: acrValues ?? client.acrValues,
  };
}

/** What the provider says about the person besides (OpenID Connect Core §5.3). */
async function userinfo(provider: Provider, accessToken: string, { sub }: IdTokenClaims): Promise<Claims> {
  const { userinfoUrl, dispatcher } = provider;
  if (userinfoUrl === undefined) return {};
  const headers = { authorization: `Bearer ${accessToken}` };
  const { status, json } = await exchange(userinfoUrl, { dispatcher, headers });
  if (status !== 200) throw new Error(`userinfo answers ${status}`);
  // §5.3.2: or it might be about another person than the ID Token.
  if (json.sub !== sub) throw new Error('userinfo is about another person than the ID Token');
  return json;
}
