import { matchRedirectUri } from '@gatehouse/client';
import { OAuthError } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.entity.js';
import { ClientsService } from '../clients/clients.service.js';
import { only, type ReturnAddress, type Source } from './authorization-request.js';
import type { SourcedRequest } from './request-sources/request-source.js';
import { RequestSources } from './request-sources/request-sources.service.js';
import { ResponseModes } from './response-modes/response-modes.service.js';
import { partsOf } from './response-types/response-types.service.js';
import { UntrustedRequestError } from './untrusted-request-error.js';

/** A request of which it is known who asks, and where the answer goes. */
export interface OpenedRequest extends SourcedRequest {
  readonly client: Client;
  readonly address: ReturnAddress;
  /** Why the rest of it is not worth reading. */
  readonly fault?: OAuthError;
}

/** Finds out who asks and where answers go, before anything else is looked at. */
@Injectable()
export class RequestOpener {
  constructor(
    private readonly clients: ClientsService,
    private readonly sources: RequestSources,
    private readonly modes: ResponseModes,
  ) {}

  /** @throws UntrustedRequestError */
  async open(source: Source): Promise<OpenedRequest> {
    const clientId = only(source, 'client_id');
    if (clientId === undefined)
      throw new UntrustedRequestError('client_id is missing, or is sent more than once.');
    const client = await this.clients.find(clientId).catch(untrusted);
    if (!client) throw new UntrustedRequestError('No client is registered under this client_id.');
    return this.openFor(client, source);
  }

  /** As `open`, of a client that is known already. @throws UntrustedRequestError */
  async openFor(client: Client, source: Source): Promise<OpenedRequest> {
    try {
      const sourced = await this.sources.resolve(client, source);
      return { ...sourced, client, ...this.address(client, sourced.parameters) };
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      // The parameters beside a request object that is no good serve for telling so, where they name an address.
      if (only(source, 'redirect_uri') === undefined)
        throw new UntrustedRequestError(`${error.description}.`, client, { cause: error });
      const { address } = this.address(client, source);
      return { parameters: source, pushed: false, signed: false, client, address, fault: error };
    }
  }

  private address(client: Client, source: Source): { address: ReturnAddress; fault?: OAuthError } {
    const { clientId } = client;
    const redirectUri = redirectUriOf(client, source);
    // A repeated state is refused later on, and never echoed.
    const state = only(source, 'state');
    const types = partsOf(only(source, 'response_type'));
    try {
      const asked = source.response_mode === '' ? undefined : source.response_mode;
      const mode = typeof asked === 'string' || asked === undefined ? asked : 'repeated';
      return {
        address: { clientId, redirectUri, state, responseMode: this.modes.choose(mode, types, redirectUri) },
      };
    } catch (error) {
      const responseMode = this.modes.defaultOf(types);
      return { address: { clientId, redirectUri, state, responseMode }, fault: error as OAuthError };
    }
  }
}

/** A client that cannot be had (its metadata document, say) is told to the person, with the reason. */
function untrusted(error: unknown): never {
  if (!(error instanceof OAuthError)) throw error;
  throw new UntrustedRequestError(`${error.description}.`, undefined, { cause: error });
}

function redirectUriOf(client: Client, source: Source): string {
  const registered = client.metadata.redirect_uris;
  if (source.redirect_uri === undefined || source.redirect_uri === '') {
    // RFC 6749 §3.1.2.3: it may be left out only where there is nothing to choose.
    if (registered.length === 1) return registered[0]!;
    throw new UntrustedRequestError('redirect_uri is missing.', client);
  }
  const requested = only(source, 'redirect_uri');
  const matched = requested === undefined ? undefined : matchRedirectUri(registered, requested);
  if (matched === undefined) {
    throw new UntrustedRequestError('The redirect_uri is not one that this client has registered.', client);
  }
  return matched;
}
