import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import OAuth2Strategy from 'passport-oauth2';
import { z } from 'zod';
import { authServerUrl, CONFIG, type Config } from '../config.js';
import { AccessTokens } from '../tokens/access-tokens.service.js';
import { GATEWAY_CLIENT_ID, gatewayClientSecret } from '../tokens/auth-server.client.js';
import type { LoginResult } from './login-sessions.service.js';
import { LoginStateStore } from './login-state.store.js';
import type { PassportRequest } from './passport-request.js';

const TIMEOUT_MS = 5_000;
/** What the gateway asks for when it signs somebody in. */
const SCOPES = ['openid', 'profile', 'email', 'offline_access'];

const profile = z.object({
  sub: z.string(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
  email: z.string().optional(),
});

type Profile = z.output<typeof profile>;
type HttpLibrary = { request(options: object, onAnswer?: unknown): import('node:http').ClientRequest };
/** The part of the `oauth` package's client that its types leave out. */
interface OAuthClient {
  _executeRequest(library: HttpLibrary, ...rest: unknown[]): void;
  useAuthorizationHeaderforGET(use: boolean): void;
  get(url: string, accessToken: string, done: (error: unknown, body?: string) => void): void;
}

/** The gateway as an OAuth client of its own auth-server: passport-oauth2 does redirect, state, PKCE and code exchange. */
@Injectable()
export class GatehouseStrategy extends PassportStrategy(OAuth2Strategy, 'gatehouse') {
  private readonly userinfoUrl: string;

  constructor(
    @Inject(CONFIG) config: Config,
    states: LoginStateStore,
    private readonly accessTokens: AccessTokens,
  ) {
    const options: OAuth2Strategy.StrategyOptionsWithRequest = {
      authorizationURL: `${config.issuer}/oauth2/authorize`,
      tokenURL: `${authServerUrl(config)}/oauth2/token`,
      clientID: GATEWAY_CLIENT_ID,
      clientSecret: gatewayClientSecret(config),
      callbackURL: `${config.gatewayUrl}/.gatehouse/callback`,
      scope: SCOPES,
      pkce: 'S256' as never,
      store: states as never,
      passReqToCallback: true,
    };
    super(options);
    this.userinfoUrl = `${authServerUrl(config)}/userinfo`;
    this.prepareClient();
  }

  /** Called by passport with what the auth-server sent. */
  async validate(
    _request: PassportRequest,
    accessToken: string,
    refreshToken: string | undefined,
    user: Profile,
  ): Promise<LoginResult> {
    const { claims, scopes } = await this.accessTokens.verify(accessToken);
    // OpenID Connect Core §5.3.2: the answer must be about the same person as the token.
    if (user.sub !== claims.sub) throw new Error('userinfo is about another subject than the token');
    const caller = {
      subject: user.sub,
      clientId: claims.client_id,
      scopes,
      ...(user.name === undefined ? {} : { name: user.name }),
      ...(user.email === undefined ? {} : { email: user.email }),
      ...(user.preferred_username === undefined ? {} : { username: user.preferred_username }),
    };
    return { caller, accessToken, refreshToken };
  }

  override userProfile(accessToken: string, done: (error?: unknown, profile?: Profile) => void): void {
    this.client.get(this.userinfoUrl, accessToken, (error, body) => {
      if (error) return done(new Error('userinfo cannot be had'));
      try {
        done(null, profile.parse(JSON.parse(body ?? '')));
      } catch (fault) {
        done(fault);
      }
    });
  }

  private get client(): OAuthClient {
    return (this as unknown as { _oauth2: OAuthClient })._oauth2;
  }

  /** The `oauth` package waits for ever; ours does not. */
  private prepareClient(): void {
    const { client } = this;
    client.useAuthorizationHeaderforGET(true);
    const execute = client._executeRequest.bind(client);
    client._executeRequest = (library, ...rest) => execute(withTimeout(library), ...rest);
  }
}

function withTimeout(library: HttpLibrary): HttpLibrary {
  return {
    request(options, onAnswer) {
      const request = library.request(options, onAnswer);
      request.setTimeout(TIMEOUT_MS, () =>
        request.destroy(new Error('the auth-server did not answer in time')),
      );
      return request;
    },
  };
}
