import { randomUUID } from 'node:crypto';
import type { HeaderList } from '../../calls/header-list.js';
import { isObject, type JsonObject } from '../../wire/json.js';
import { McpProblem } from './mcp-problem.js';

const MAX_SESSION_ID = 200;
/** Ends the ids of clients that take URL mode elicitation (MCP 2025-11-25). */
const TAKES_URLS = '.url';

/**
 * An endpoint keeps nothing of a session: what a client said of itself at its beginning, as far as it matters, is in the id.
 * @param params of `initialize`
 */
export function newSessionId({ protocolVersion, capabilities }: JsonObject): string {
  const elicitation = isObject(capabilities) && capabilities.elicitation;
  const takesUrls = protocolVersion === '2025-11-25' && isObject(elicitation) && isObject(elicitation.url);
  return randomUUID() + (takesUrls ? TAKES_URLS : '');
}

/** What the client of a session can do. */
export function capabilitiesIn(sessionId: string | undefined): JsonObject {
  return sessionId?.endsWith(TAKES_URLS) ? { elicitation: { url: {} } } : {};
}

/** @throws McpProblem 400 */
export function sessionIdOf(headers: HeaderList): string | undefined {
  const id = headers.get('mcp-session-id');
  if (id !== undefined && id.length > MAX_SESSION_ID) {
    throw new McpProblem(400, 'The Mcp-Session-Id is too long.');
  }
  return id;
}
