import type { ClientMetadata } from '@gatehouse/client';
import { DiscoveryService } from '@nestjs/core';

/** A client that registers itself, by dynamic registration (RFC 7591) or by its metadata document. */
export interface ClientRegistration {
  readonly origin: 'dynamic' | 'metadata_document';
  /** Checked already; what only an administrator may set is not in it. */
  readonly metadata: ClientMetadata;
  /** The claims of a software statement of a trusted issuer (RFC 7591 §2.3). */
  readonly softwareStatement?: Readonly<Record<string, unknown>>;
  /** The note of the initial access token, when one was used. */
  readonly initialAccessToken?: string;
  /** Of the caller; unknown for metadata documents. */
  readonly address?: string;
  /** The address of the metadata document. */
  readonly clientId?: string;
}

/** Members to change, or nothing. */
export type Amendment = Partial<ClientMetadata> | undefined | void;

/**
 * Decides which clients may register themselves, and as what. Make it known by `@ClientPolicy()` on a provider of any
 * module. All policies are asked, in the order of their modules; each sees what those before it changed.
 */
export interface ClientReviewer {
  /**
   * @returns what to change; administrators' members (first_party and its like) may be among it
   * @throws OAuthError invalid_redirect_uri, invalid_client_metadata, unapproved_software_statement: refused
   */
  review(registration: ClientRegistration): Amendment | Promise<Amendment>;
}

/** Marks a `ClientReviewer`. */
export const ClientPolicy = DiscoveryService.createDecorator();
