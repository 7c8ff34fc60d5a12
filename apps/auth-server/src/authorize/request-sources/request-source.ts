import { DiscoveryService } from '@nestjs/core';
import type { Client } from '../../clients/client.entity.js';
import type { Source } from '../authorization-request.js';

/** The parameters that count, and how they came. */
export interface SourcedRequest {
  readonly parameters: Source;
  /** Sent to the server before, by the authenticated client (RFC 9126). */
  readonly pushed: boolean;
  /** Signed by the client (RFC 9101). */
  readonly signed: boolean;
}

/** A way to send the parameters of a request other than one by one: by `request` or `request_uri`. */
export interface RequestSourceHandler {
  /** For discovery: the parameters by which requests of this kind come, as far as it announces them. */
  readonly announces: readonly ('request' | 'request_uri')[];
  takes(source: Source): boolean;
  /**
   * @throws OAuthError when the parameters cannot be had
   * @throws UntrustedRequestError when nothing of it can be trusted, not even an address to tell it to
   */
  resolve(client: Client, source: Source): Promise<SourcedRequest>;
}

/** Marks a `RequestSourceHandler`. */
export const RequestSource = DiscoveryService.createDecorator();
