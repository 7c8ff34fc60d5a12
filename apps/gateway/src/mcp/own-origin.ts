import { isIP } from 'node:net';
import { isLoopbackHost } from '@gatehouse/guarded-fetch';
import type { Call } from '../calls/call.js';

/**
 * Whether a page came from the endpoint itself. That its host is the one that is asked says nothing: with DNS rebinding, it is
 * the page's own name that leads here. So the name has to be one that the configuration knows, or none that a DNS has.
 */
export function isOwnOrigin(
  origin: string,
  { protocol, host, hostname, route }: Pick<Call, 'protocol' | 'host' | 'hostname' | 'route'>,
  gatewayUrl: string,
): boolean {
  if (origin === new URL(gatewayUrl).origin) return true;
  if (origin !== `${protocol}://${host}`) return false;
  return (
    route.match.hosts !== undefined || isIP(hostname.replace(/^\[|\]$/g, '')) > 0 || isLoopbackHost(hostname)
  );
}
