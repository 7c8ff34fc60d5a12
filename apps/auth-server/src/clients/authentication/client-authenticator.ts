import type { Parameters } from '@gatehouse/http';
import { DiscoveryService } from '@nestjs/core';
import type { ClientCertificate } from '../../mtls/client-certificate.js';
import type { Client } from '../client.entity.js';

/** What a request says about the client that sends it. */
export interface ClientAuthenticationRequest {
  /** The Authorization header. */
  readonly authorization: string | undefined;
  readonly parameters: Parameters['single'];
  /** The caller's address: guesses are counted by it. */
  readonly address: string;
  /** The endpoint's path: a client may name it in an assertion. */
  readonly path?: string | undefined;
  /** What the client presented in TLS. */
  readonly certificate?: ClientCertificate | undefined;
}

/**
 * A method of client authentication (RFC 6749 §2.3). Make it known by `@ClientAuthenticator('…')` on a provider of any
 * module: it then works wherever clients authenticate, may be registered by clients, and is named in discovery.
 */
export interface ClientAuthenticationMethod {
  /**
   * The `client_id` that the request claims by this method; undefined when the request does not use it.
   * @throws OAuthError when it uses it, but malformed
   */
  claim(request: ClientAuthenticationRequest): string | undefined;

  /**
   * Whether the request proves that it comes from the client. Only asked about clients that are registered for it.
   * @throws InvalidTokenError with a reason for the audit log, which means no
   */
  proves(client: Client, request: ClientAuthenticationRequest): boolean | Promise<boolean>;

  /** Further registered methods that this one serves; none when absent. */
  readonly serves?: readonly string[];
  /** The request shows nothing but `client_id`: what the client is registered for decides whether this is the method. */
  readonly byIdAlone?: boolean;
  /** Algorithms it takes signatures of (`token_endpoint_auth_signing_alg_values_supported`). */
  readonly signingAlgorithms?: readonly string[];
  /** False where a setting that it needs is missing: then it does not exist. */
  readonly available?: boolean;
}

/** Marks a `ClientAuthenticationMethod`; the argument is the value of `token_endpoint_auth_method` (RFC 7591 §2). */
export const ClientAuthenticator = DiscoveryService.createDecorator<string>();
