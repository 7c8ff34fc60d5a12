import type { AiError } from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** https://platform.claude.com/docs/en/api/errors */
export function writeError({ status, message, code }: AiError): JsonObject {
  const type = TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  const details = code === undefined ? undefined : { error_code: code };
  return { type: 'error', error: { type, message, details }, request_id: null };
}
