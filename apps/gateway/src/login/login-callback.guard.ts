import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { GatehouseAuthGuard } from './gatehouse-auth.guard.js';
import type { AuthorizationOptions } from './gatehouse.strategy.js';
import { siteFor } from './login-client.js';
import { BUILT_IN } from './login-client-definition.js';
import { LoginClients } from './login-clients.service.js';
import { expiredLogin, LoginFailedError } from './login-failed.js';
import { LoginStateStore } from './login-state.store.js';
import type { PassportRequest } from './passport-request.js';
import type { Provider } from './provider.js';
import { Providers } from './providers.service.js';

/** Ends a login: passport-oauth2 checks the state and exchanges the code (RFC 6749 §4.1.3). */
@Injectable()
export class LoginCallbackGuard extends GatehouseAuthGuard {
  constructor(
    private readonly clients: LoginClients,
    private readonly providers: Providers,
    private readonly states: LoginStateStore,
  ) {
    super();
  }

  /** What passport-oauth2 does not check, before it sees the code. */
  protected override async prepare(request: PassportRequest, query: Query, { host, params }: FastifyRequest) {
    const { client: name } = params as { client?: string };
    const client = name === BUILT_IN ? undefined : this.clients.get(name);
    if (!client) throw expiredLogin();
    const { code, state, iss, error, error_description: description } = readAnswer(query);
    const provider = await this.provider(this.providers, client);
    demandIssuer(iss, provider);
    if (state === undefined) throw expiredLogin();
    const site = siteFor(client, host);
    request.attempt = { client, provider, site };
    request.setCookies([site.cookies.endedLoginCookie(state)]);
    if (error !== undefined) throw await this.refusal(request, state, error, description);
    if (code === undefined) throw expiredLogin();
    request.query = { code, state };
  }

  override getAuthenticateOptions(_context: ExecutionContext): AuthorizationOptions & object {
    return { scope: [], states: this.states };
  }

  /** RFC 6749 §4.1.2.1. A refusal needs its state as a code does, or anybody could show their words here. */
  private async refusal(request: PassportRequest, state: string, error: string, description?: string) {
    if (!(await this.states.finish(request, state))) return expiredLogin();
    const title = 'You are not signed in.';
    if (error === 'access_denied') {
      const text = 'You did not agree, or stopped before the end. Nothing was shared.';
      return new LoginFailedError({ status: 403, title, text }, request.attempt!.login);
    }
    const text = 'The server that signs people in did not accept the request.';
    const detail = `${error}${description === undefined ? '' : `: ${description}`}`.slice(0, 500);
    const status = error === 'temporarily_unavailable' ? 503 : 502;
    return new LoginFailedError({ status, title, text, detail }, request.attempt!.login);
  }
}

type Query = Record<string, unknown>;

/** RFC 9207 §2.4: an answer of another server would have us send it our code (mix-up, RFC 9700 §4.4). */
function demandIssuer(iss: string | undefined, { issuer, namesItself }: Provider): void {
  if (iss === issuer || (iss === undefined && !namesItself)) return;
  const text = 'It did not come from the server that signs people in here.';
  const detail = `iss is ${iss === undefined ? 'missing' : `not ${issuer}`} (RFC 9207).`;
  throw new LoginFailedError({ status: 403, title: 'This answer is not accepted', text, detail });
}

/** @throws LoginFailedError when a parameter is repeated (RFC 6749 §3.1) */
function readAnswer(query: Query): Readonly<Record<string, string | undefined>> {
  if (Object.values(query).some((value) => typeof value !== 'string')) throw expiredLogin();
  return query as Record<string, string>;
}
