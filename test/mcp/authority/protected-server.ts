import { type RunningServer, startHandshakeServer } from '../mcp-servers.js';
import type { Authority } from './authority.js';

const METADATA = '/.well-known/oauth-protected-resource/mcp';

/** An MCP server that takes tokens of its authorization server, for itself alone (MCP Authorization). */
export interface ProtectedServer extends RunningServer {
  /** The accounts for which it was asked, as its authorization server says; undefined: the token was none. */
  readonly accounts: (string | undefined)[];
  /** Tokens that it does not take, whatever its authorization server says. */
  readonly refused: Set<string>;
  /** Members of its metadata. */
  metadata: Record<string, unknown>;
  /** What it says besides in its challenge. */
  challenge: string;
}

export async function startProtectedServer(
  who: string,
  authority: Pick<Authority, 'url' | 'accountOf'>,
): Promise<ProtectedServer> {
  const running = await startHandshakeServer(who);
  const accounts: (string | undefined)[] = [];
  const server: ProtectedServer = Object.assign(running, {
    accounts,
    refused: new Set<string>(),
    challenge: '',
    metadata: {
      resource: running.url,
      authorization_servers: [authority.url],
      scopes_supported: ['tickets:read', 'tickets:write'],
    },
  });
  const origin = new URL(running.url).origin;
  running.before = async (request, response) => {
    if (request.url === METADATA) {
      const body = JSON.stringify(server.metadata);
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      return true;
    }
    if (request.url !== '/mcp') {
      response.writeHead(404).end();
      return true;
    }
    const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const account = token === undefined ? undefined : await authority.accountOf(token, running.url);
    if (token !== undefined) accounts.push(account);
    if (account !== undefined && !server.refused.has(token!)) return false;
    const challenge = `Bearer resource_metadata="${origin}${METADATA}"${server.challenge}`;
    response.writeHead(401, { 'www-authenticate': challenge }).end();
    return true;
  };
  return server;
}
