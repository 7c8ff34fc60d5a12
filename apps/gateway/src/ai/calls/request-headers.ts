import type { Provider } from '../providers/ai-providers.service.js';
import type { ProviderKey } from '../providers/provider-key.js';
import type { Asked } from '../requests/asked.js';
import type { Outgoing } from '../requests/outgoing.js';

/** The header of a request to a provider: nothing of the caller's but what the type names. */
export function requestHeaders(
  { stream }: Asked,
  { request }: Outgoing,
  { type, headers }: Provider,
  { secret }: ProviderKey,
): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: acceptedOf(request.operation, stream),
    'accept-encoding': 'identity',
    'user-agent': 'gatehouse',
    ...headers,
    ...request.headers,
    ...type.headersOf(secret, request),
  };
}

function acceptedOf(operation: string, stream: boolean): string {
  if (operation === 'speech') return '*/*';
  return stream ? 'text/event-stream' : 'application/json';
}
