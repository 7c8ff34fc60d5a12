import { Problem } from '@gatehouse/http';
import { McpProblem } from '../mcp/protocol/mcp-problem.js';
import { Left } from '../mcp/client/posted-answer.js';
import { upstreamProblem } from '../proxy/upstream-problem.js';
import type { Call } from '../calls/call.js';

export function unreadable(cause?: unknown): McpProblem {
  return new McpProblem(502, 'The agent answered what cannot be used.', {
    fault: 'upstream_answer_unreadable',
    cause,
  });
}

/** The caller's own credentials were good: another sign-in would not help. */
export function refused(): McpProblem {
  return new McpProblem(502, 'The agent does not take the credentials of the gateway.', {
    fault: 'upstream_credentials_refused',
  });
}

export function failed(cause?: unknown): McpProblem {
  return new McpProblem(502, 'The agent failed.', { fault: 'upstream_failed', cause });
}

/** What went wrong on the way to an agent, or back. */
export function failureOf(error: unknown, call: Call): Problem {
  if (error instanceof Left)
    return new McpProblem(504, 'The agent did not answer in time.', { fault: 'upstream_timeout' });
  return upstreamProblem(call, error as Error);
}
