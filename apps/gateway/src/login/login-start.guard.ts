import { newSecret, parseScope } from '@gatehouse/token';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { GatehouseAuthGuard } from './gatehouse-auth.guard.js';
import type { AuthorizationOptions } from './gatehouse.strategy.js';
import { siteFor } from './login-client.js';
import { acrValue, MAX_ACR_VALUES } from './login-client-definition.js';
import { LoginClients } from './login-clients.service.js';
import { LoginFailedError } from './login-failed.js';
import type { Login } from './login-path.js';
import { LoginStateStore } from './login-state.store.js';
import type { PassportRequest } from './passport-request.js';
import { Providers } from './providers.service.js';
import { readReturnTo } from './return-to.js';
import { askedBy } from './sign-in.service.js';

const MAX_TEXT = 1_024;
/** What a link may ask for: to become somebody else. Anything else is the client's to say. */
const PROMPTS = new Set(['login', 'select_account']);

/** Begins a login: passport-oauth2 makes the authorization request (RFC 6749 §4.1.1), with state, PKCE and nonce. */
@Injectable()
export class LoginStartGuard extends GatehouseAuthGuard {
  constructor(
    private readonly clients: LoginClients,
    private readonly providers: Providers,
    private readonly states: LoginStateStore,
  ) {
    super();
  }

  protected override async prepare(request: PassportRequest, query: Query, { host }: FastifyRequest) {
    const login = readLogin(query);
    const client = this.clients.get(login.client);
    if (!client) throw badLink('client is no login client.');
    const provider = await this.provider(this.providers, client, login);
    request.attempt = { client, provider, site: siteFor(client, host), login, nonce: newSecret() };
  }

  override getAuthenticateOptions(context: ExecutionContext): AuthorizationOptions & object {
    const { client, login, nonce } = this.getRequest(context).attempt!;
    const { scopes, acrValues } = askedBy(client, login!);
    const prompt = login!.prompt ?? client.prompt;
    const parameters = {
      ...client.parameters,
      nonce: nonce!,
      ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
      ...(prompt !== undefined && { prompt }),
      ...(client.maxAge !== undefined && { max_age: String(client.maxAge) }),
    };
    return { scope: [...scopes], states: this.states, parameters };
  }
}

type Query = Record<string, unknown>;

/** @throws LoginFailedError that says what is wrong with the link */
function readLogin(query: Query): Login {
  const { return_to: asked = '/', client, scope = '', acr_values: acr = '', prompt } = query;
  const returnTo = readReturnTo(asked);
  if (returnTo === undefined) throw badLink('return_to must be a path of this site.');
  if (client !== undefined && typeof client !== 'string') throw badLink('client must be one name.');
  const scopes = isShort(scope) ? parseScope(scope) : undefined;
  if (!scopes) throw badLink('scope must be scope tokens separated by single spaces.');
  const acrValues = isShort(acr) ? acr.split(' ').filter((one) => one !== '') : undefined;
  if (
    !acrValues ||
    acrValues.length > MAX_ACR_VALUES ||
    acrValues.some((one) => !acrValue.safeParse(one).success)
  )
    throw badLink('acr_values must be values separated by single spaces.');
  if (prompt !== undefined && !PROMPTS.has(prompt as string))
    throw badLink('prompt must be login or select_account.');
  return {
    returnTo,
    client,
    scopes,
    acrValues: acrValues.length > 0 ? acrValues : undefined,
    prompt: prompt as string | undefined,
  };
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

function badLink(detail: string): LoginFailedError {
  const text = 'The link that brought you here is wrong, so it is not followed.';
  return new LoginFailedError({ status: 400, title: 'You cannot sign in from here.', text, detail });
}
