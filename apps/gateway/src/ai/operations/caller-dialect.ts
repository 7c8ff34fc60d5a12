import type { IncomingHttpHeaders } from 'node:http';
import type { DialectName } from '../dialects/dialect.js';
import { operationAt } from './operation.js';

/** Which dialect a caller speaks: by what is asked, and where that is the same in all of them by what SDKs send. */
export function callerDialect(method: string, path: string, headers: IncomingHttpHeaders): DialectName {
  const operation = operationAt(method, path);
  if (operation && 'dialect' in operation) return operation.dialect;
  if (headers['anthropic-version'] !== undefined) return 'anthropic';
  const isGemini = headers['x-goog-api-key'] !== undefined || /\/v1(?:beta|alpha)(?:\/|$)/.test(path);
  return isGemini ? 'gemini' : 'openai';
}
