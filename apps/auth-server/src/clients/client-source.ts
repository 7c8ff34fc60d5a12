import { DiscoveryService } from '@nestjs/core';
import type { Client } from './client.entity.js';

/** Where clients come from that nobody registers. Put `@ClientSource()` on a provider of any module. */
export interface ClientFinder {
  /** Whether a client_id is of its kind; then nobody else is asked. */
  owns(clientId: string): boolean;
  /**
   * The client, stored as any other, so that grants can name it.
   * @throws OAuthError invalid_client, which says what is wrong with it
   */
  find(clientId: string): Promise<Client | undefined>;
}

/** Marks a `ClientFinder`. */
export const ClientSource = DiscoveryService.createDecorator();
