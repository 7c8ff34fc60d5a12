import { invalidClient } from '@gatehouse/client';
import { OAuthError } from '@gatehouse/http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Client } from '../client.entity.js';
import {
  type ClientAuthenticationMethod,
  type ClientAuthenticationRequest,
  ClientAuthenticator,
} from './client-authenticator.js';

/** The client that a request claims to come from, and by which method; none: by `client_id` alone. */
export interface ClientClaim {
  readonly clientId: string;
  readonly method: string | undefined;
}

/** All methods of client authentication this server has, its own and in-house ones alike. */
@Injectable()
export class ClientAuthenticators implements OnModuleInit {
  private readonly methods = new Map<string, ClientAuthenticationMethod>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: ClientAuthenticator.KEY })) {
      const name = this.discovery.getMetadataByDecorator(ClientAuthenticator, wrapper);
      const method = wrapper.instance as ClientAuthenticationMethod;
      if (name === undefined || method.available === false) continue;
      if (this.methods.has(name)) throw new Error(`Two client authenticators claim the method ${name}`);
      this.methods.set(name, method);
    }
  }

  has(name: string): boolean {
    return this.methods.has(name);
  }

  names(): string[] {
    return [...this.methods.keys()];
  }

  signingAlgorithms(): string[] {
    return [...new Set([...this.methods.values()].flatMap((method) => method.signingAlgorithms ?? []))];
  }

  /**
   * Reads which client a request names, and how.
   * @throws OAuthError invalid_request when there are two methods at once (RFC 6749 §2.3), invalid_client when there is none
   */
  read(request: ClientAuthenticationRequest): ClientClaim {
    const [claim, ...more] = this.claims(request);
    if (more.length > 0) {
      throw new OAuthError(
        'invalid_request',
        'Use one method of client authentication, not two (RFC 6749 section 2.3)',
      );
    }
    const { client_id: named } = request.parameters;
    if (claim) {
      if (named === undefined || named === claim.clientId) return claim;
      throw new OAuthError('invalid_request', 'client_id in the body is not the client that authenticates');
    }
    if (request.authorization !== undefined) {
      throw invalidClient('The Authorization header is of no method of client authentication', true);
    }
    if (named === undefined) {
      throw invalidClient('The request names no client: send client_id, or HTTP Basic', false);
    }
    return { clientId: named, method: undefined };
  }

  /** Whether the request proves, by the method it uses and the client is registered for, that it is the client. */
  async proves(client: Client, claim: ClientClaim, request: ClientAuthenticationRequest): Promise<boolean> {
    const registered = client.metadata.token_endpoint_auth_method;
    const name = claim.method ?? registered;
    const method = this.methods.get(name);
    if (!method || (claim.method === undefined && !method.byIdAlone)) return false;
    if (name !== registered && !method.serves?.includes(registered)) return false;
    return (await method.proves(client, request)) === true;
  }

  private claims(request: ClientAuthenticationRequest): ClientClaim[] {
    const claims: ClientClaim[] = [];
    for (const [method, one] of this.methods) {
      const clientId = one.byIdAlone ? undefined : one.claim(request);
      if (clientId !== undefined) claims.push({ clientId, method });
    }
    return claims;
  }
}
