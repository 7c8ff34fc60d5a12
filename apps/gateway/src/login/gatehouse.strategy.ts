import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import OAuth2Strategy from 'passport-oauth2';
import { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { AccessTokens } from '../tokens/access-tokens.service.js';
import { AuthServerClient, GATEWAY_CLIENT_ID, gatewayClientSecret } from '../tokens/auth-server.client.js';
import { boundedRequest } from './auth-server-request.js';
import type { LoginResult } from './login-sessions.service.js';
import { LoginStateStore } from './login-state.store.js';
import type { PassportRequest } from './passport-request.js';

const profile = z.object({
  sub: z.string(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
  email: z.string().optional(),
});

type Profile = z.output<typeof profile>;
/** The gateway as an OAuth client of its own auth-server: passport-oauth2 does redirect, state, PKCE and code exchange. */
@Injectable()
export class GatehouseStrategy extends PassportStrategy(OAuth2Strategy, 'gatehouse') {
  private readonly userinfoUrl: string;

  constructor(
    @Inject(CONFIG) config: Config,
    authServer: AuthServerClient,
    states: LoginStateStore,
    private readonly accessTokens: AccessTokens,
  ) {
    const options: OAuth2Strategy.StrategyOptionsWithRequest = {
      authorizationURL: `${config.issuer}/oauth2/authorize`,
      tokenURL: `${authServer.url}/oauth2/token`,
      clientID: GATEWAY_CLIENT_ID,
      clientSecret: gatewayClientSecret(config),
      callbackURL: `${config.gatewayUrl}/.gatehouse/callback`,
      pkce: 'S256' as never,
      store: states as never,
      passReqToCallback: true,
    };
    super(options);
    this.userinfoUrl = `${authServer.url}/userinfo`;
    const credentials = `${GATEWAY_CLIENT_ID}:${encodeURIComponent(gatewayClientSecret(config))}`;
    const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    Object.assign(this._oauth2, { _request: boundedRequest(authServer.agent, authorization) });
    this._oauth2.useAuthorizationHeaderforGET(true);
  }

  /** Called by passport with what the auth-server sent. */
  async validate(
    { login }: PassportRequest,
    accessToken: string,
    refreshToken: string | undefined,
    user: Profile,
  ): Promise<LoginResult> {
    const { claims, scopes } = await this.accessTokens.verify(accessToken);
    // OpenID Connect Core §5.3.2: the answer must be about the same person as the token.
    if (user.sub !== claims.sub) throw new Error('userinfo is about another subject than the token');
    if (claims.client_id !== GATEWAY_CLIENT_ID) throw new Error('the access token is for another client');
    const caller = {
      subject: user.sub,
      clientId: claims.client_id,
      scopes,
      ...(user.name === undefined ? {} : { name: user.name }),
      ...(user.email === undefined ? {} : { email: user.email }),
      ...(user.preferred_username === undefined ? {} : { username: user.preferred_username }),
    };
    return { caller, asked: login?.scopes ?? [], accessToken, refreshToken };
  }

  override userProfile(accessToken: string, done: (error?: unknown, profile?: Profile) => void): void {
    this._oauth2.get(this.userinfoUrl, accessToken, (error, body) => {
      if (error) return done(new Error('userinfo cannot be had'));
      try {
        done(null, profile.parse(JSON.parse(String(body))));
      } catch (fault) {
        done(fault);
      }
    });
  }
}
