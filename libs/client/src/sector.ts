/** What tells which clients share the pairwise subjects of their users (OpenID Connect Core §8.1). */
export interface SectorMembers {
  readonly sector_identifier_uri?: string | undefined;
  readonly redirect_uris: readonly string[];
}

/**
 * The host of the `sector_identifier_uri`, or the one that all redirect URIs have; undefined when there is no such one:
 * a pairwise client then must have a `sector_identifier_uri`.
 */
export function sectorOf({ sector_identifier_uri: uri, redirect_uris: redirectUris }: SectorMembers) {
  if (uri !== undefined) return new URL(uri).host;
  const hosts = new Set(redirectUris.map((one) => new URL(one).hostname));
  const [host] = hosts;
  return hosts.size === 1 && host !== '' ? host : undefined;
}
