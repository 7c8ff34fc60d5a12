import { Logger } from '@nestjs/common';
import type { JsonObject } from '../../wire/json.js';
import type { Asker } from '../client/asker.js';
import { INVALID_PARAMS } from '../protocol/json-rpc.js';
import { McpProblem } from '../protocol/mcp-problem.js';
import type { McpServer } from '../servers/mcp-servers.service.js';

const PAGE = 250;
/** A server that is slow must not keep what all others have away. */
const MAX_WAIT_MS = 10_000;

const logger = new Logger('McpLists');

/** Something of a list, and what it is sorted and found by. */
export interface Listed {
  readonly key: string;
  readonly item: JsonObject;
}

/**
 * What all servers have of a kind for this caller, sorted, page by page. Servers that fail are left out, as long as one
 * does not.
 * @param member of the result that has it
 * @param of asks one server
 * @throws Problem
 */
export async function joinedList(
  member: string,
  servers: readonly McpServer[],
  { cursor }: JsonObject,
  asker: Asker,
  of: (server: McpServer, asker: Asker) => Promise<readonly Listed[]>,
): Promise<JsonObject> {
  const after = cursor === undefined ? '' : keyIn(cursor);
  const gone = AbortSignal.any([asker.gone, AbortSignal.timeout(MAX_WAIT_MS)]);
  const found = await Promise.allSettled(servers.map((one) => of(one, { ...asker, gone })));
  const all = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failures = found.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  if (failures.length > 0 && failures.length === servers.length) throw failures[0]!;
  for (const { message } of failures)
    logger.warn(`Some ${member} are missing from ${asker.call.route.name}: ${message}`);
  const rest = sorted(all.filter(({ key }) => key > after));
  const page = rest.slice(0, PAGE);
  return {
    [member]: page.map(({ item }) => item),
    ...(rest.length > PAGE && { nextCursor: Buffer.from(page.at(-1)!.key).toString('base64url') }),
  };
}

/** A server that has a name twice has it once here: hosts refuse tools of the same name, and pages end at names. */
function sorted(all: Listed[]): Listed[] {
  const order = all.sort((one, other) => (one.key === other.key ? 0 : one.key < other.key ? -1 : 1));
  return order.filter(({ key }, index) => key !== order[index - 1]?.key);
}

/** The cursor is the last key of the page before: a list that changed meanwhile goes on at the right place. */
function keyIn(cursor: unknown): string {
  if (typeof cursor !== 'string') throw new McpProblem(200, 'The cursor is none.', { code: INVALID_PARAMS });
  return Buffer.from(cursor, 'base64url').toString();
}
