import type { AiError } from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';

/** google.rpc.Code, as it is mapped to HTTP. */
const STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  504: 'DEADLINE_EXCEEDED',
};

export function writeError({ status: code, message, code: reason, pointer }: AiError): JsonObject {
  const status = STATUS[code] ?? (code >= 500 ? 'UNAVAILABLE' : 'FAILED_PRECONDITION');
  const details: JsonObject[] = [];
  if (reason !== undefined) {
    details.push({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'gatehouse' });
  }
  if (pointer) {
    const field = pointer.slice(1).replaceAll('/', '.');
    details.push({
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ field, description: message }],
    });
  }
  return { error: { code, message, status, details: details.length > 0 ? details : undefined } };
}
