import type { Problem } from '@gatehouse/http';
import type { Answer } from '../../calls/answer.js';
import type { Call } from '../../calls/call.js';
import { HeaderList } from '../../calls/header-list.js';
import { REFUSED } from './json-rpc.js';
import { McpProblem } from './mcp-problem.js';

/** What callers are told of a problem: the status is HTTP's, the body an error of JSON-RPC. */
export function mcpProblemAnswer(_call: Call, problem: Problem): Answer {
  const headers = new HeaderList(['content-type', 'application/json', 'cache-control', 'no-store']);
  for (const [name, values] of Object.entries(problem.headers)) {
    for (const value of [values].flat()) headers.append(name, value);
  }
  const known = problem instanceof McpProblem ? problem : undefined;
  const error = { code: known?.code ?? REFUSED, message: problem.detail, data: known?.data };
  return {
    status: problem.status,
    headers,
    body: JSON.stringify({ jsonrpc: '2.0', id: known?.id ?? null, error }),
  };
}
