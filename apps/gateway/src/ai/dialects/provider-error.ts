import type { AiError } from './chat.js';
import {
  isObject,
  numberOf,
  objectOf,
  objectsOf,
  parseObject,
  textOf,
  type JsonObject,
} from '../../wire/json.js';

const MAX_MESSAGE = 2_000;

/**
 * What a provider's error says. One reader for all dialects: servers that speak one of them have errors of any shape. It
 * never holds a key: some providers repeat the one they were sent.
 */
export function readProviderError(status: number, body: JsonObject | string): AiError {
  const said = isObject(body) ? body : (parseObject(body) ?? firstOf(body));
  const error = objectOf(said?.error) ?? said ?? {};
  const message =
    textOf(error.message) ??
    textOf(said?.error) ??
    textOf(said?.message) ??
    textOf(said?.detail) ??
    plainText(body);
  return {
    status,
    // Cut before it is searched: how long that takes must not be the provider's choice.
    message: maskKeys((message ?? `The provider answered ${status}`).slice(0, 2 * MAX_MESSAGE)).slice(
      0,
      MAX_MESSAGE,
    ),
    code: codeOf(error),
  };
}

/** An error that is an event of a stream, which has no status of its own. */
export function readStreamError(body: JsonObject): AiError {
  const error = objectOf(body.error) ?? body;
  return readProviderError(statusOf(error), body);
}

/** Gemini answers a list where it was to stream one. */
function firstOf(body: string): JsonObject | undefined {
  return /^\s*\[/.test(body) ? parseObject(body.trim().slice(1, -1)) : undefined;
}

/** A page of some proxy says nothing to the caller. */
function plainText(body: JsonObject | string): string | undefined {
  return typeof body === 'string' && /^\s*[^\s<]/.test(body) ? body.trim() : undefined;
}

function codeOf(error: JsonObject): string | undefined {
  const details = objectsOf(error.details);
  const codes = [
    error.code,
    objectOf(error.details)?.error_code,
    ...details.map(({ reason }) => reason),
    error.status,
    error.type,
  ];
  return codes
    .map(textOf)
    .find(
      (code) =>
        code !== undefined && /^(?!error$)[A-Za-z][\w.-]{0,63}$/.test(code) && code === maskKeys(code),
    );
}

function statusOf(error: JsonObject): number {
  const code = numberOf(error.code) ?? numberOf(error.status);
  if (code !== undefined && code >= 400 && code < 600) return code;
  const name = [error.type, error.code].map(textOf).join(' ');
  return STATUS_OF.find(([pattern]) => pattern.test(name))?.[1] ?? 502;
}

const STATUS_OF: readonly (readonly [RegExp, number])[] = [
  [/rate_limit|quota/, 429],
  [/overloaded/, 529],
  [/authentication|api_key/, 401],
  [/billing/, 402],
  [/permission/, 403],
  [/not_found/, 404],
  [/too_large/, 413],
  [/timeout/, 504],
  [/invalid/, 400],
];

const KEYS: readonly (readonly [RegExp, string])[] = [
  [/\bBearer\s+[^\s"',;}]+/gi, 'Bearer …'],
  [/\b(?:sk|pk|rk|gsk|xai|pplx|nvapi|hf)[-_][A-Za-z0-9*_.-]{4,}/g, '…'],
  [/\bAIza[A-Za-z0-9*_-]{4,}/g, '…'],
  [/\b(?:AQ|ya29)\.[A-Za-z0-9*_.-]{8,}/g, '…'],
  // Begun only where a word begins: from within one, each beginning would be searched to its end.
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, '…'],
  [/\bAKIA[A-Z0-9]{12,}/g, '…'],
  [
    /((?:x-goog-api-key|x-api-key|api[-_ ]?key|access_token|[?&]key)["']?\s*[:=]\s*["']?)[^\s"'&,;}]+/gi,
    '$1…',
  ],
];

export function maskKeys(text: string): string {
  return KEYS.reduce((masked, [key, mark]) => masked.replace(key, mark), text);
}
