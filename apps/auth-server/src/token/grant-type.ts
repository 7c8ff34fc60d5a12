import type { Parameters } from '@gatehouse/http';
import type { Confirmation, TokenType } from '@gatehouse/token';
import { DiscoveryService } from '@nestjs/core';
import type { AuthorizationDetail } from '../authorize/authorization-details.js';
import type { Client } from '../clients/client.entity.js';

/** A request to the token endpoint whose client is known and may use the grant type. */
export interface TokenRequest {
  readonly client: Client;
  readonly parameters: Parameters['single'];
  /** RFC 8707. */
  readonly resource: readonly string[];
  /** The caller's address, for audit. */
  readonly address: string;
  /** What the tokens must be bound to: pass it on to `AccessTokens`. Absent: to nothing. */
  readonly confirmation?: Confirmation | undefined;
}

/** RFC 6749 §5.1, OpenID Connect Core §3.1.3.3. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: TokenType;
  /** Seconds. */
  readonly expires_in: number;
  readonly scope: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  /** RFC 9396 §7. */
  readonly authorization_details?: readonly AuthorizationDetail[];
  /** RFC 8693 §2.2.1. */
  readonly issued_token_type?: string;
}

/**
 * One grant type. Make it known by `@GrantType('…')` on a provider of any module: it then works at the token endpoint,
 * may be registered by clients, and is named in discovery.
 */
export interface GrantHandler {
  /** @throws OAuthError as RFC 6749 §5.2 names them */
  handle(request: TokenRequest): Promise<TokenResponse>;
}

/** Marks a `GrantHandler`; the argument is the value of `grant_type` (RFC 6749 §4, or an absolute URI by §4.5). */
export const GrantType = DiscoveryService.createDecorator<string>();
