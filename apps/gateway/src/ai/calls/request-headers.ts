import type { Provider } from '../providers/ai-providers.service.js';
import type { ProviderKey } from '../providers/provider-key.js';
import type { Asked } from '../requests/asked.js';
import type { Outgoing } from '../requests/outgoing.js';

/** The header of a request to a provider: nothing of the caller's but what the type names. */
export function requestHeaders(
  { stream, contentType }: Asked,
  { request }: Outgoing,
  { type, headers }: Provider,
  { secret }: ProviderKey,
): Record<string, string> {
  return {
    'content-type': contentType,
    accept: acceptedOf(request.operation, stream),
    'accept-encoding': 'identity',
    'user-agent': 'gatehouse',
    ...headers,
    ...request.headers,
    ...type.headersOf(secret, request),
  };
}

/** They may answer otherwise than in JSON: sound, or a text as it is. */
const RAW = new Set(['speech', 'transcriptions', 'translations']);

function acceptedOf(operation: string, stream: boolean): string {
  if (RAW.has(operation)) return '*/*';
  return stream ? 'text/event-stream' : 'application/json';
}
