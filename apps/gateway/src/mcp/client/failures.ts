import { Problem } from '@gatehouse/http';
import { EventStreamError } from '../../wire/event-stream.js';
import { McpProblem } from '../protocol/mcp-problem.js';
import { UnreadableAnswer } from './answer-messages.js';
import { Left } from './posted-answer.js';

/** The server answered, but nothing that MCP has a word for. */
export class NotUnderstood extends Error {}

/** The server does not know the session any more (MCP 2025-11-25, Session Management). */
export class SessionGone extends Error {}

export function late(): McpProblem {
  return new McpProblem(504, 'The MCP server did not answer in time.', { fault: 'upstream_timeout' });
}

export function unreadable(cause?: unknown): McpProblem {
  return new McpProblem(502, 'The MCP server answered what cannot be read.', {
    fault: 'upstream_answer_unreadable',
    cause,
  });
}

/** The caller's own credentials were good: another sign-in would not help. */
export function refused(): McpProblem {
  return new McpProblem(502, 'The MCP server does not take the credentials of the gateway.', {
    fault: 'upstream_credentials_refused',
  });
}

export function failed(cause?: unknown): McpProblem {
  return new McpProblem(502, 'The MCP server failed.', { fault: 'upstream_failed', cause });
}

const LATE = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/**
 * What went wrong on the way to a server, or back; anything else is what nobody meant to throw.
 * @param hasBegun whether the server had said something already
 */
export function failureOf(error: unknown, hasBegun: boolean): unknown {
  if (error instanceof Problem) return error;
  if (error instanceof UnreadableAnswer || error instanceof EventStreamError) return unreadable(error);
  if (error instanceof NotUnderstood || error instanceof SessionGone) return failed(error);
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof Left || LATE.has(code ?? '')) return late();
  if (code === undefined) return error;
  const detail = hasBegun ? 'The MCP server broke its answer off.' : 'The MCP server cannot be reached.';
  const fault = hasBegun ? 'upstream_stream_cut' : 'upstream_unreachable';
  return new McpProblem(502, detail, { fault, cause: error });
}
