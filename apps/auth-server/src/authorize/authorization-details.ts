import type { Client } from '../clients/client.entity.js';

/** One member of `authorization_details` (RFC 9396 §2). */
export interface AuthorizationDetail {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** A detail in words, for the person who is to agree to it. */
export interface DetailText {
  readonly title: string;
  /** All that it says, a line each. */
  readonly lines: readonly string[];
}

/** What the authorization and token endpoints ask of rich authorization requests; absent when that capability is. */
export abstract class DetailsReader {
  /** @throws OAuthError invalid_authorization_details */
  abstract read(client: Client, value: string): Promise<AuthorizationDetail[]>;

  abstract describe(details: readonly AuthorizationDetail[]): Promise<DetailText[]>;

  /**
   * Fewer details than were granted (RFC 9396 §6).
   * @throws OAuthError invalid_authorization_details when it asks for more
   */
  abstract narrow(
    client: Client,
    granted: readonly AuthorizationDetail[],
    value: string,
  ): Promise<AuthorizationDetail[]>;
}
