import type { FastifyRequest } from 'fastify';

/** Whether the browser says that its request comes from the gateway's own origin (Fetch Metadata, else Origin). */
export function isSameOrigin({ headers }: FastifyRequest, gatewayUrl: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  if (headers.origin !== undefined) return headers.origin === new URL(gatewayUrl).origin;
  return site !== undefined;
}
