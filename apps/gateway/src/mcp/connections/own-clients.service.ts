import { isLoopbackHost } from '@gatehouse/guarded-fetch';
import { Inject, Injectable } from '@nestjs/common';
import {
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  dynamicClientRegistrationRequest,
  None,
  processDynamicClientRegistrationResponse,
} from 'oauth4webapi';
import { CONFIG, type Config } from '../../config.js';
import { McpServerKind } from '../servers/mcp-server.kind.js';
import { openSecret } from '../servers/sealed-secret.js';
import { documentUri } from './addresses.js';
import { clientMetadata } from './client-metadata.js';
import { ConnectionFault } from './connection-fault.js';
import type { UsableServer } from './find-authorization-server.js';
import { OAuthRequests } from './oauth-requests.service.js';
import type { OAuthServer } from './oauth-server.js';
import { RegisteredClients } from './registered-clients.service.js';

/** The gateway as a client of an authorization server. */
export interface OwnClient {
  readonly client: Client;
  readonly authentication: ClientAuth;
}

/** MCP, Client Registration: set by the operator, by a Client ID Metadata Document, or registered (RFC 7591), in this order. */
@Injectable()
export class OwnClients {
  constructor(
    private readonly registered: RegisteredClients,
    private readonly requests: OAuthRequests,
    private readonly kind: McpServerKind,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws ConnectionFault where it can be none */
  async at(server: OAuthServer, issuer: UsableServer, redirectUri: string): Promise<OwnClient> {
    const { client_id, sealed } = server.auth;
    if (client_id !== undefined) {
      const secret = sealed === undefined ? {} : { client_secret: this.secretOf(server) };
      return authenticated({ client_id, ...secret }, issuer);
    }
    if (this.readsDocument(issuer)) {
      return {
        client: { client_id: documentUri(this.config.gatewayUrl, server.name) },
        authentication: None(),
      };
    }
    const known = await this.registered.find(issuer.issuer, redirectUri);
    return authenticated(known ?? (await this.register(server, issuer, redirectUri)), issuer);
  }

  private secretOf({ auth, url }: OAuthServer): string {
    return openSecret(auth, { url }, this.kind.box);
  }

  /** Nobody else can read what is on this machine. */
  private readsDocument(issuer: UsableServer): boolean {
    if (issuer.client_id_metadata_document_supported !== true) return false;
    const { protocol, hostname } = new URL(this.config.gatewayUrl);
    return (
      protocol === 'https:' || (isLoopbackHost(hostname) && isLoopbackHost(new URL(issuer.issuer).hostname))
    );
  }

  private async register(server: OAuthServer, issuer: UsableServer, redirectUri: string): Promise<Client> {
    if (issuer.registration_endpoint === undefined) {
      throw new ConnectionFault(
        `The authorization server ${issuer.issuer} registers no clients: set auth.client_id of the MCP server ${server.name}.`,
      );
    }
    const methods = issuer.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const metadata = {
      ...clientMetadata([redirectUri]),
      token_endpoint_auth_method: methods.includes('none') ? 'none' : methods[0]!,
    };
    try {
      const asked = dynamicClientRegistrationRequest(issuer, metadata, this.requests.options);
      const client = await processDynamicClientRegistrationResponse(await asked);
      return await this.registered.add(
        { server: server.name, issuer: issuer.issuer, redirectUri },
        client as Client,
      );
    } catch (error) {
      throw new ConnectionFault(
        `The authorization server ${issuer.issuer} does not register the gateway: set auth.client_id of the MCP server ${server.name}.`,
        { cause: error },
      );
    }
  }
}

/** RFC 7591 §2: `client_secret_basic` where nothing else is said. */
function authenticated(client: Client, issuer: UsableServer): OwnClient {
  const { client_secret: secret, token_endpoint_auth_method: method } = client;
  if (typeof secret !== 'string' || method === 'none') return { client, authentication: None() };
  const offered = issuer.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const posts = method === 'client_secret_post' || !offered.includes('client_secret_basic');
  return { client, authentication: posts ? ClientSecretPost(secret) : ClientSecretBasic(secret) };
}
