import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import OAuth2Strategy from 'passport-oauth2';
import { authentication } from './client-authentication.js';
import type { LoginStateStore } from './login-state.store.js';
import type { PassportRequest, TokenAnswer } from './passport-request.js';
import { boundedRequest } from './provider-request.js';

/** What is asked for besides (OpenID Connect Core §3.1.2.1). */
export interface AuthorizationOptions {
  readonly scope: string[];
  readonly states: LoginStateStore;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Never used: every request brings its own. */
const NOWHERE = 'https://provider.invalid';

/**
 * The gateway as an OAuth client: passport-oauth2 does redirect, state, PKCE and code exchange. It has no settings of its
 * own, since passport knows one strategy of a name in a process, and login clients come and go.
 */
@Injectable()
export class GatehouseStrategy extends PassportStrategy(OAuth2Strategy, 'gatehouse', true) {
  constructor() {
    const options: OAuth2Strategy.StrategyOptionsWithRequest = {
      authorizationURL: NOWHERE,
      tokenURL: NOWHERE,
      clientID: 'set by each request',
      clientSecret: '',
      callbackURL: NOWHERE,
      passReqToCallback: true,
      skipUserProfile: true,
    };
    super(options);
  }

  /** Passport calls this on an object of its own for each request, made from the strategy: what is set stays there. */
  override authenticate(request: never, options: AuthorizationOptions): void {
    const { client, provider, site } = (request as PassportRequest).attempt!;
    const { _oauth2: template } = this;
    const oauth2 = Object.assign(Object.create(template) as typeof template, {
      _clientId: client.clientId,
      _authorizeUrl: provider.authorizationUrl,
      _accessTokenUrl: provider.tokenUrl,
      _request: boundedRequest(provider.dispatcher, authentication(client)),
    });
    Object.assign(this, {
      _oauth2: oauth2,
      _callbackURL: site.redirectUri,
      _pkceMethod: client.pkce ? 'S256' : undefined,
      _stateStore: options.states,
    });
    super.authenticate(request, options);
  }

  override authorizationParams({ parameters = {} }: AuthorizationOptions): object {
    return parameters;
  }

  /** Called by passport with what the token endpoint answered; whether it is to be believed is found out later. */
  validate(
    _request: PassportRequest,
    accessToken: string,
    refreshToken: string | undefined,
    parameters: Record<string, unknown>,
    _profile: unknown,
  ): TokenAnswer {
    return { accessToken, refreshToken, parameters };
  }
}
