import { DiscoveryService } from '@nestjs/core';

/** Members of the server's metadata (RFC 8414 §2, OpenID Connect Discovery §3). */
export type ServerMetadata = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

/**
 * A capability's own members of the metadata, so that what is removed is not announced. Put `@MetadataSource()` on a
 * provider of any module. Lists of the same name are joined; any other member may come from one source only.
 */
export interface MetadataContributor {
  metadata(): ServerMetadata | Promise<ServerMetadata>;
}

/** Marks a `MetadataContributor`. */
export const MetadataSource = DiscoveryService.createDecorator();
