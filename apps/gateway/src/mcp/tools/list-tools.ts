import { Logger } from '@nestjs/common';
import type { JsonObject } from '../../wire/json.js';
import type { Asker } from '../client/asker.js';
import { ConnectNeeded } from '../connections/connect-needed.js';
import { INVALID_PARAMS } from '../protocol/json-rpc.js';
import { McpProblem } from '../protocol/mcp-problem.js';
import type { McpServer } from '../servers/mcp-servers.service.js';
import { CONNECT_TOOL, connectTool } from './connect-tool.js';
import { known } from './known-tools.js';
import { isTool, toolFor } from './tool-for.js';
import type { ToolNames } from './tool-names.js';

const PAGE = 250;
/** A server that is slow must not keep the tools of all others away. */
const MAX_WAIT_MS = 10_000;

const logger = new Logger('McpTools');

type Tool = JsonObject & { readonly name: string };

/**
 * The tools of all servers that this caller may call, in the order of their names, page by page. Servers that fail are left
 * out, as long as one does not.
 * @throws Problem
 */
export async function listTools(
  servers: readonly McpServer[],
  names: ToolNames,
  { cursor }: JsonObject,
  asker: Asker,
): Promise<JsonObject> {
  const after = cursor === undefined ? '' : nameIn(cursor);
  const gone = AbortSignal.any([asker.gone, AbortSignal.timeout(MAX_WAIT_MS)]);
  const found = await Promise.allSettled(servers.map((one) => toolsOf(one, names, { ...asker, gone })));
  const tools = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failures = found.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  if (failures.length === servers.length) throw failures[0]!;
  for (const { message } of failures)
    logger.warn(`Tools are missing from ${asker.call.route.name}: ${message}`);
  const rest = tools
    .filter(({ name }) => name > after)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const page = rest.slice(0, PAGE);
  return {
    tools: page,
    ...(rest.length > PAGE && { nextCursor: Buffer.from(page.at(-1)!.name).toString('base64url') }),
  };
}

/** The cursor is the last name of the page before: a list that changed meanwhile goes on at the right place. */
function nameIn(cursor: unknown): string {
  if (typeof cursor !== 'string') throw new McpProblem(200, 'The cursor is none.', { code: INVALID_PARAMS });
  return Buffer.from(cursor, 'base64url').toString();
}

async function toolsOf(server: McpServer, names: ToolNames, asker: Asker): Promise<Tool[]> {
  const { scopes = [] } = asker.call.caller;
  const listed = (await toolsOrConnect(server, asker)).filter(isTool);
  return listed.flatMap((tool) => {
    known(server, tool.name);
    const name = server.prefix + tool.name;
    const isFree = names.find(name)?.server === server;
    const isMeant = tool.name === CONNECT_TOOL && server.account !== undefined;
    if (!isFree || !(isMeant || server.rules.isFor(tool.name, scopes))) return [];
    return [{ ...toolFor(asker.version, name, tool), name }];
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
