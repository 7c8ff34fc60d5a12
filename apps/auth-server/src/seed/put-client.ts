import { clientMetadata, type ClientMetadata } from '@gatehouse/client';
import { StartError } from '@gatehouse/http';
import type { ClientsService } from '../clients/clients.service.js';

/** A client that this server registers by itself. */
export interface SeededClient {
  readonly clientId: string;
  /** A public client has none. */
  readonly secret?: string;
  /** In the form a registration has it. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The setting its redirect URIs follow from. */
  readonly setting?: string;
}

/**
 * Registers a client under a known id and secret, or brings it up to date.
 * @throws StartError when the setting makes a redirect URI that cannot be registered
 */
export async function putClient(clients: ClientsService, client: SeededClient): Promise<void> {
  const { clientId, secret } = client;
  const metadata = checked(client);
  const existing = await clients.read(clientId);
  if (existing) await clients.replace(existing, metadata, secret);
  else
    await clients.register({
      clientId,
      metadata,
      origin: 'seed',
      ...(secret === undefined ? {} : { secret }),
    });
}

function checked({ metadata, setting, clientId }: SeededClient): ClientMetadata {
  const result = clientMetadata.safeParse(metadata);
  if (result.success) return result.data;
  const reason = result.error.issues[0]!.message;
  throw new StartError(`${setting ?? clientId}: a redirect URI under it ${reason}`);
}
