import type { IncomingHttpHeaders } from 'node:http';
import type { CallerDialectName } from '../dialects/dialect.js';
import { OLLAMA_MODELS, type Operation, operationAt } from './operation.js';

/** Mistral's SDKs ask at the path of OpenAI's, in words of their own. */
const MISTRAL_SDK = /^mistral-client-/;

/** What a call asks for: by its method and path, and by who sends it where that says how it is to be read. */
export function operationOf(
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
): Operation | undefined {
  const operation = operationAt(method, path);
  const isShared = operation?.name === 'chat' && operation.dialect === 'openai';
  return isShared && MISTRAL_SDK.test(nameOf(headers)) ? { ...operation, dialect: 'mistral' } : operation;
}

/** Browsers keep the field to themselves. */
function nameOf(headers: IncomingHttpHeaders): string {
  return [headers['x-mistral-user-agent'] ?? headers['user-agent'] ?? ''].flat().join();
}

/** Which dialect a caller speaks: by what is asked, and where that is the same in all of them by what SDKs send. */
export function callerDialect(method: string, path: string, headers: IncomingHttpHeaders): CallerDialectName {
  const operation = operationOf(method, path, headers);
  if (operation && 'dialect' in operation) return operation.dialect;
  if (path.endsWith(OLLAMA_MODELS)) return 'ollama';
  if (headers['anthropic-version'] !== undefined) return 'anthropic';
  const isGemini = headers['x-goog-api-key'] !== undefined || /\/v1(?:beta|alpha)(?:\/|$)/.test(path);
  return isGemini ? 'gemini' : 'openai';
}
