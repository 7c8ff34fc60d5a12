import type { AiError } from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';

/** https://platform.openai.com/docs/guides/error-codes */
export function writeError({ status, message, code, pointer }: AiError): JsonObject {
  return { error: { message, type: typeOf(status), param: parameterOf(pointer), code: code ?? null } };
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** `/messages/0/content` is `messages[0].content`. */
export function parameterOf(pointer: string | undefined): string | null {
  if (!pointer) return null;
  const names = pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.map((name, at) => (/^\d+$/.test(name) ? `[${name}]` : at === 0 ? name : `.${name}`)).join('');
}
