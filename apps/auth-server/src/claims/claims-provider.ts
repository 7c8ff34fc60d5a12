import { DiscoveryService } from '@nestjs/core';
import type { Client } from '../clients/client.entity.js';

/** Where claims go: they are as public as that is. */
export type ClaimsDestination = 'id_token' | 'userinfo' | 'access_token';

/** Whose claims are wanted, for whom, and where. */
export interface ClaimsRequest {
  /** Absent where a client acts for itself. */
  readonly userId?: string | undefined;
  readonly client: Client;
  readonly scopes: readonly string[];
  readonly destination: ClaimsDestination;
  /** Claims asked for by name (OpenID Connect Core §5.5). */
  readonly requested?: readonly string[] | undefined;
  /** Claims that an administrator mapped, each by the user's claim that it is taken from. */
  readonly mapping?: Readonly<Record<string, string>> | undefined;
  /** An ID Token without an access token, so there is no UserInfo to ask: the scopes' claims belong in it (§5.4). */
  readonly inFull?: boolean | undefined;
}

/** Claims by their names; what is undefined or null is left out. */
export type ClaimSet = Readonly<Record<string, unknown>>;

/**
 * Knows claims about people or clients. Put `@ClaimsProvider()` on a provider of any module. A later provider's claims
 * win; those that a token says about itself (`iss`, `sub`, `aud` and their like) are nobody's to change.
 */
export interface ClaimsSource {
  /** What discovery names in `claims_supported`. */
  readonly names?: readonly string[];
  claims(request: ClaimsRequest): ClaimSet | Promise<ClaimSet>;
}

/** Marks a `ClaimsSource`. */
export const ClaimsProvider = DiscoveryService.createDecorator();
