import { CredentialError, type UnauthorizedRequest } from '../providers/ai-provider.js';
import type { Provider } from '../providers/ai-providers.service.js';
import type { ProviderKey } from '../providers/provider-key.js';
import type { Outgoing } from '../requests/outgoing.js';
import { type Failure, NO_KEY, UNREACHABLE } from './failure.js';

type Unauthorized = Pick<Outgoing, 'request' | 'path'> &
  Pick<UnauthorizedRequest, 'body'> & { readonly method?: UnauthorizedRequest['method'] };

/** The fields that say who asks, where more than the key says it; undefined: the request is ready as it is. */
export function authorized(
  headers: Readonly<Record<string, string>>,
  { request, path, body, method = 'POST' }: Unauthorized,
  { type, baseUrl }: Provider,
  { secret }: ProviderKey,
): Promise<Readonly<Record<string, string>>> | undefined {
  if (!type.authorize || secret === undefined) return undefined;
  const url = new URL(baseUrl.replace(/\/+$/, '') + path);
  return type.authorize(secret, { request, method, url, headers, body });
}

export function failureOfCredential(error: unknown): Failure {
  return error instanceof CredentialError && error.blame === 'key' ? NO_KEY : UNREACHABLE;
}
