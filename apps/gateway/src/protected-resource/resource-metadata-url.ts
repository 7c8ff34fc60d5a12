/** Where the metadata of the gateway's resources are (RFC 9728 §3). */
export const WELL_KNOWN_PATH = '/.well-known/oauth-protected-resource';

/**
 * The address of an API's metadata: the well-known path comes between the host and the path (RFC 9728 §3.1).
 * @param audience the API's identifier; undefined is returned for one that is not under the gateway's own address
 */
export function resourceMetadataUrl(gatewayUrl: string, audience: string): string | undefined {
  if (audience !== gatewayUrl && !audience.startsWith(`${gatewayUrl}/`)) return undefined;
  const { origin, pathname, search } = new URL(audience);
  return `${origin}${WELL_KNOWN_PATH}${pathname === '/' ? '' : pathname}${search}`;
}
