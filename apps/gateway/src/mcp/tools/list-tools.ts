import type { JsonObject } from '../../wire/json.js';
import type { Asker } from '../client/asker.js';
import { ConnectNeeded } from '../connections/connect-needed.js';
import { joinedList, type Listed } from '../requests/joined-list.js';
import { known } from '../requests/known.js';
import type { Names } from '../requests/names.js';
import type { McpServer } from '../servers/mcp-servers.service.js';
import { CONNECT_TOOL, connectTool } from './connect-tool.js';
import { toolFor } from './tool-for.js';

/** The tools of all servers that this caller may call, in the order of their names, page by page. @throws Problem */
export function listTools(
  servers: readonly McpServer[],
  names: Names,
  params: JsonObject,
  asker: Asker,
): Promise<JsonObject> {
  return joinedList('tools', servers, params, asker, (server, within) => toolsOf(server, names, within));
}

async function toolsOf(server: McpServer, names: Names, asker: Asker): Promise<Listed[]> {
  const { scopes = [] } = asker.call.caller;
  const listed = (await toolsOrConnect(server, asker)).flatMap((one) => toolFor(asker.version, one) ?? []);
  return listed.flatMap((tool) => {
    known({ server, kind: 'tool', name: tool.name });
    const key = server.prefix + tool.name;
    const isFree = names.find(key)?.server === server;
    const isMeant = tool.name === CONNECT_TOOL && server.account !== undefined;
    if (!isFree || !(isMeant || server.rules.tool.isFor(tool.name, scopes))) return [];
    return [{ key, item: { ...tool, name: key } }];
  });
}

/** A server that a user has no account at shows how to get one. */
async function toolsOrConnect(server: McpServer, asker: Asker): Promise<JsonObject[]> {
  try {
    const tools = await server.backend.listTools(asker);
    return server.account ? tools.filter(({ name }) => name !== CONNECT_TOOL) : tools;
  } catch (error) {
    if (error instanceof ConnectNeeded) return [connectTool(server)];
    throw error;
  }
}
