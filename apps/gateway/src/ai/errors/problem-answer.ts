import type { Problem } from '@gatehouse/http';
import type { Answer } from '../../calls/answer.js';
import { HeaderList } from '../../calls/header-list.js';
import type { AiError } from '../dialects/chat.js';
import type { CallerDialect } from '../dialects/dialect.js';
import { AiProblem } from './ai-problem.js';

/** What is told of a problem in the caller's own dialect: SDKs understand nothing else. */
export function problemAnswer(problem: Problem, dialect: CallerDialect): Answer {
  const headers = new HeaderList(['content-type', 'application/json', 'cache-control', 'no-store']);
  for (const [name, values] of Object.entries(problem.headers)) {
    for (const value of [values].flat()) headers.append(name, value);
  }
  const said = problem instanceof AiProblem ? problem.said : undefined;
  return {
    status: problem.status,
    headers,
    body: said ?? JSON.stringify(dialect.writeError(errorOf(problem))),
  };
}

function errorOf(problem: Problem): AiError {
  const { status, detail: message, errors } = problem;
  const pointer = problem instanceof AiProblem ? problem.pointer : errors[0]?.pointer;
  return { status, message, code: codeOf(problem), pointer };
}

/** By what programs and records know it. */
export function codeOf(problem: Problem): string {
  return problem instanceof AiProblem ? problem.code : (CODES[problem.status] ?? OTHER_CODE);
}

/** What guards, limits and policies refuse has no code of its own. */
const CODES: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'invalid_api_key',
  403: 'permission_denied',
  404: 'not_found',
  413: 'request_too_large',
  429: 'rate_limit_exceeded',
  500: 'server_error',
  503: 'overloaded',
};
const OTHER_CODE = 'refused';
