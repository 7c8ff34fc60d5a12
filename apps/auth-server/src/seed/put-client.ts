import type { ClientMetadata } from '@gatehouse/client';
import type { ClientsService } from '../clients/clients.service.js';

/** Registers a client under a known id and secret, or brings it up to date. */
export async function putClient(
  clients: ClientsService,
  clientId: string,
  metadata: ClientMetadata,
  secret: string,
): Promise<void> {
  const existing = await clients.find(clientId);
  if (existing) await clients.replace(existing, metadata, secret);
  else await clients.register({ clientId, metadata, secret, origin: 'seed' });
}
