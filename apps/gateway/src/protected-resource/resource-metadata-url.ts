/** Where the metadata of the gateway's resources are (RFC 9728 §3). */
export const WELL_KNOWN_PATH = '/.well-known/oauth-protected-resource';

/**
 * The address of an API's metadata: the well-known path comes between the host and the path (RFC 9728 §3.1).
 * @param audience the API's identifiers; the first that is under the gateway's own address has metadata
 */
export function resourceMetadataUrl(gatewayUrl: string, audience: readonly string[]): string | undefined {
  const resource = resourceOf(gatewayUrl, audience);
  if (resource === undefined) return undefined;
  const { origin, pathname, search } = new URL(resource);
  return `${origin}${WELL_KNOWN_PATH}${pathname === '/' ? '' : pathname}${search}`;
}

/** The identifier by which clients find an API at this gateway. */
export function resourceOf(gatewayUrl: string, audience: readonly string[]): string | undefined {
  return audience.find((one) => one === gatewayUrl || one.startsWith(`${gatewayUrl}/`));
}
