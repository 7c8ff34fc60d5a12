import type { ErrorPage } from '@gatehouse/pages';
import type { Client } from '../clients/client.entity.js';

/** A link to the application itself, where it registered one: never to an address out of a request. */
export function wayBack({ metadata: { client_uri: uri, client_name: name } }: Client): ErrorPage['link'] {
  return uri === undefined ? undefined : { href: uri, text: `Back to ${name ?? new URL(uri).host}` };
}
