import type { FastifyRequest } from 'fastify';

/**
 * Whether the browser says that this post comes from a page of this server: by Fetch Metadata, else by Origin. A
 * caller that sends neither is no browser of today, and is held by the form's token alone.
 * @param origin of the issuer
 */
export function isSameOrigin({ headers }: Pick<FastifyRequest, 'headers'>, origin: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return headers.origin === undefined || headers.origin === origin;
}
