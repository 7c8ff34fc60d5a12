import { Problem, type ProblemOptions } from '@gatehouse/http';
import type { JsonValue } from '../../wire/json.js';
import { REFUSED, type RequestId } from './json-rpc.js';

interface McpProblemOptions extends ProblemOptions {
  /** The error's code in JSON-RPC; left out: `REFUSED`. */
  readonly code?: number | undefined;
  readonly data?: JsonValue | undefined;
  /** The request that it is about. */
  readonly id?: RequestId | undefined;
  /** What logs and metrics call it: one of a few words. */
  readonly fault?: string | undefined;
}

/** Why a message of MCP is refused, or has no answer. */
export class McpProblem extends Problem {
  readonly code: number;
  readonly data: JsonValue | undefined;
  readonly id: RequestId | undefined;
  readonly fault: string | undefined;

  constructor(status: number, detail: string, options: McpProblemOptions = {}) {
    super(status, detail, options);
    this.code = options.code ?? REFUSED;
    this.data = options.data;
    this.id = options.id;
    this.fault = options.fault;
  }
}

/** The same problem, told as the answer to this request. */
export function about(id: RequestId, problem: Problem): McpProblem {
  const { status, detail, headers } = problem;
  const { code, data, fault } = problem as Partial<McpProblem>;
  return new McpProblem(status, detail, { headers, cause: problem.cause, id, code, data, fault });
}
