import type { Problem } from '@gatehouse/http';
import type { Answer } from '../../calls/answer.js';
import { HeaderList } from '../../calls/header-list.js';
import type { AiError } from '../dialects/chat.js';
import type { Dialect } from '../dialects/dialect.js';
import { AiProblem } from './ai-problem.js';

/** What is told of a problem in the caller's own dialect: SDKs understand nothing else. */
export function problemAnswer(problem: Problem, dialect: Dialect): Answer {
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
  if (!(problem instanceof AiProblem)) {
    return { status, message, code: CODES[status] ?? OTHER_CODE, pointer: errors[0]?.pointer };
  }
  return { status, message, code: problem.code, pointer: problem.pointer };
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
