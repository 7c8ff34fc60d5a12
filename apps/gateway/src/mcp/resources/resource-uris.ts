import type { McpServer } from '../servers/mcp-servers.service.js';

const SCHEME = 'gatehouse:';
const HERE = /^gatehouse:\/\/([a-z0-9_-]+)\/(.+)$/;

/**
 * The URI, or the template, of a server's resource in an endpoint: the server's name is the authority (RFC 3986 §3.2), and no
 * path leads out of that, however it is resolved. What the server calls its resource comes after it, as it is: so an expanded
 * template (RFC 6570) is a URI of the same server, and a server can name nothing of another one.
 */
export function uriHere({ name }: Pick<McpServer, 'name'>, uri: string): string {
  return `${SCHEME}//${name}/${uri}`;
}

/** Whose resources have which URIs in one endpoint. */
export class ResourceUris {
  private readonly servers: ReadonlyMap<string, McpServer>;

  constructor(servers: readonly McpServer[]) {
    this.servers = new Map(servers.map((one) => [one.name, one]));
  }

  /** @param said as callers say it; undefined: no server has such URIs */
  find(said: unknown): { readonly server: McpServer; readonly uri: string } | undefined {
    const [, name = '', uri = ''] = (typeof said === 'string' && HERE.exec(said)) || [];
    const server = this.servers.get(name);
    return server && { server, uri };
  }
}
