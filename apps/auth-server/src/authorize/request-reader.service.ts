import { isPublicClient, matchRedirectUri } from '@gatehouse/client';
import { OAuthError, type Parameters } from '@gatehouse/http';
import { isS256Challenge, parseScope } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.entity.js';
import { ClientsService } from '../clients/clients.service.js';
import { OPERATOR_SCOPES, ResourcesService } from '../resources/resources.service.js';
import type { AuthorizationRequest, ReturnAddress } from './authorization-request.js';
import { IdTokenHint } from './id-token-hint.service.js';
import { parsePrompt } from './prompt.js';

const MAX_STATE = 2_048;
const MAX_NONCE = 1_024;
/** More is cut off: it only fills in a field. */
const MAX_LOGIN_HINT = 320;

/** The client or the redirect URI is wrong: told to the person, never sent anywhere (RFC 6749 §4.1.2.1). */
export class UntrustedRequestError extends Error {
  override readonly name = 'UntrustedRequestError';

  /** @param client who asks, when that much is known */
  constructor(
    message: string,
    readonly client?: Client,
  ) {
    super(message);
  }
}

/** Reads authorization requests in the order that keeps answers from the wrong ears. */
@Injectable()
export class RequestReader {
  constructor(
    private readonly clients: ClientsService,
    private readonly resources: ResourcesService,
    private readonly idTokenHint: IdTokenHint,
  ) {}

  /**
   * First of all: who asks, and where the answer goes.
   * @throws UntrustedRequestError
   */
  async readClient(
    query: Readonly<Record<string, unknown>>,
  ): Promise<{ client: Client; address: ReturnAddress }> {
    const clientId = only(query, 'client_id');
    if (clientId === undefined)
      throw new UntrustedRequestError('client_id is missing, or is sent more than once.');
    const client = await this.clients.find(clientId);
    if (!client) throw new UntrustedRequestError('No client is registered under this client_id.');
    const redirectUri = this.redirectUri(client, query);
    // A repeated state is refused later on, and never echoed.
    return { client, address: { redirectUri, state: only(query, 'state') } };
  }

  /** @throws OAuthError, which goes back to the client by redirect */
  async read(client: Client, address: ReturnAddress, parameters: Parameters): Promise<AuthorizationRequest> {
    const { single, resource } = parameters;
    refuseUnsupported(single);
    checkResponse(client, single);
    if ((single.state?.length ?? 0) > MAX_STATE) {
      throw new OAuthError('invalid_request', `state is longer than ${MAX_STATE} characters`);
    }
    if ((single.nonce?.length ?? 0) > MAX_NONCE) {
      throw new OAuthError('invalid_request', `nonce is longer than ${MAX_NONCE} characters`);
    }
    const codeChallenge = readChallenge(client, single);
    const scopes = readScopes(client, single.scope);
    if (scopes.includes('openid') && single.redirect_uri === undefined) {
      throw new OAuthError(
        'invalid_request',
        'redirect_uri is required (OpenID Connect Core section 3.1.2.1)',
      );
    }
    const prompt = parsePrompt(single.prompt ?? '');
    if (!prompt)
      throw new OAuthError('invalid_request', 'prompt must be none, or of login, consent, select_account');
    const maxAge = readMaxAge(single.max_age) ?? client.metadata.default_max_age;
    const target = await this.resources.resolve(scopes, resource);
    const hint = single.id_token_hint;
    return {
      clientId: client.clientId,
      redirectUri: address.redirectUri,
      redirectUriGiven: single.redirect_uri !== undefined,
      state: single.state,
      scopes: target.scopes,
      resources: target.resources,
      codeChallenge,
      nonce: single.nonce,
      prompt,
      maxAge,
      loginHint: single.login_hint?.slice(0, MAX_LOGIN_HINT),
      onlyUser: hint === undefined ? undefined : await this.idTokenHint.read(hint, client.clientId),
    };
  }

  private redirectUri(client: Client, query: Readonly<Record<string, unknown>>): string {
    const registered = client.metadata.redirect_uris;
    if (query.redirect_uri === undefined || query.redirect_uri === '') {
      // RFC 6749 §3.1.2.3: it may be left out only where there is nothing to choose.
      if (registered.length === 1) return registered[0]!;
      throw new UntrustedRequestError('redirect_uri is missing.', client);
    }
    const requested = only(query, 'redirect_uri');
    const matched = requested === undefined ? undefined : matchRedirectUri(registered, requested);
    if (matched === undefined) {
      throw new UntrustedRequestError('The redirect_uri is not one that this client has registered.', client);
    }
    return matched;
  }
}

/** A parameter's value when it is sent once, with a value. */
function only(query: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = query[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** OpenID Connect Core §6 and §7.2.1: what changes a request's meaning is refused, never left unread. */
function refuseUnsupported(single: Parameters['single']): void {
  if (single.request !== undefined)
    throw new OAuthError('request_not_supported', 'request is not supported here');
  if (single.request_uri !== undefined)
    throw new OAuthError('request_uri_not_supported', 'request_uri is not supported here');
  if (single.registration !== undefined)
    throw new OAuthError('registration_not_supported', 'registration is not supported here');
}

function checkResponse(client: Client, single: Parameters['single']): void {
  if (single.response_type === undefined) throw new OAuthError('invalid_request', 'response_type is missing');
  if (single.response_type !== 'code')
    throw new OAuthError('unsupported_response_type', 'response_type must be code');
  if (!client.metadata.grant_types.includes('authorization_code')) {
    throw new OAuthError(
      'unauthorized_client',
      'The client is not registered for the grant type authorization_code',
    );
  }
  if (single.response_mode !== undefined && single.response_mode !== 'query') {
    throw new OAuthError('invalid_request', 'response_mode must be query');
  }
}

/** RFC 7636 §4.3, RFC 9700 §2.1.1. */
function readChallenge(client: Client, single: Parameters['single']): string | undefined {
  const { code_challenge: challenge, code_challenge_method: method } = single;
  if (challenge === undefined) {
    if (method !== undefined) throw new OAuthError('invalid_request', 'code_challenge is missing');
    const waived = !client.metadata.require_pkce && !isPublicClient(client.metadata);
    if (waived) return undefined;
    throw new OAuthError('invalid_request', 'code_challenge is missing: PKCE is required (RFC 7636)');
  }
  if (method !== 'S256')
    throw new OAuthError('invalid_request', 'code_challenge_method must be S256 (RFC 7636)');
  if (!isS256Challenge(challenge)) {
    throw new OAuthError(
      'invalid_request',
      'code_challenge must be the base64url of a SHA-256 (RFC 7636 section 4.2)',
    );
  }
  return challenge;
}

const NEVER_DEFAULT: ReadonlySet<string> = new Set(['openid', 'offline_access']);

function readScopes(client: Client, scope: string | undefined): string[] {
  const registered = parseScope(client.metadata.scope)!.filter((one) => !OPERATOR_SCOPES.has(one));
  const refreshes = client.metadata.grant_types.includes('refresh_token');
  // RFC 6749 §3.3: a request without scope gets a default, or fails. It is then no OpenID request.
  const asked = scope === undefined ? registered.filter((one) => !NEVER_DEFAULT.has(one)) : parseScope(scope);
  if (!asked) throw new OAuthError('invalid_scope', 'scope is malformed (RFC 6749 section 3.3)');
  const refused = asked.find((one) => !registered.includes(one));
  if (refused !== undefined)
    throw new OAuthError('invalid_scope', `The client may not ask for the scope ${refused}`);
  if (asked.length === 0)
    throw new OAuthError('invalid_scope', 'scope is missing, and the client has no default');
  // OpenID Connect Core §11: ignored where it can have no effect.
  return asked.filter((one) => one !== 'offline_access' || refreshes);
}

function readMaxAge(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value))
    throw new OAuthError('invalid_request', 'max_age must be a number of seconds');
  return Number(value);
}
