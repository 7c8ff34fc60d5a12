import type { ProviderHead } from '../answers/answer-reader.js';
import type { AiError } from '../dialects/chat.js';
import type { ProviderDialect } from '../dialects/dialect.js';
import { parseObject } from '../../wire/json.js';
import { maskKeys } from '../dialects/provider-error.js';
import type { AiProviderType, Blame } from '../providers/ai-provider.js';
import { type Failure, NO_KEY, overused } from './failure.js';
import { retryAfterMs } from './retry-after.js';

/** An answer of a provider that is an error. */
export interface ErrorAnswer extends ProviderHead {
  readonly body: string;
}

/** Who says it. */
export interface Speaker {
  readonly type: AiProviderType;
  /** What the provider speaks. */
  readonly dialect: ProviderDialect;
  /** Whether it is what the caller speaks. */
  readonly isUnderstood: boolean;
  /** The key that it was sent: never told to anybody. */
  readonly secret: string | undefined;
}

export function failureOfAnswer({ status, headers, body }: ErrorAnswer, speaker: Speaker): Failure {
  const object = parseObject(body);
  const failure = failureOfError(speaker.dialect.readError(status, object ?? body), speaker);
  if (failure.blame === 'rate') return overused(retryAfterMs(headers));
  const isTold = failure.blame === 'request' && object && speaker.isUnderstood && isSafe(body, speaker);
  return isTold ? { ...failure, said: Buffer.from(body) } : failure;
}

/** The same for one that came in a stream. */
export function failureOfError(error: AiError, speaker: Speaker): Failure {
  if (isTooLarge(error)) return TOO_LARGE;
  const blame = speaker.type.blameOf?.(error) ?? blameOfRequest(error) ?? blameOfStatus(error.status);
  switch (blame) {
    case 'key':
      // Where there is no key, none is to blame.
      return speaker.secret === undefined ? { ...NO_KEY, blame: 'target' } : NO_KEY;
    case 'rate':
      return overused();
    case 'provider':
      return FAILED;
    case 'target':
      return UNKNOWN_MODEL;
    case 'request':
      return { blame, error: { code: 'invalid_request', ...toldError(error, speaker) } };
  }
}

/**
 * A 402 or 403 for what was asked, and not for who asks: any caller could otherwise put a key out of use for all others, by
 * a model that the key has no right to, more output than its credit has, content that the provider does not take, or a file
 * that is not there (which Gemini does not tell apart from one that is somebody else's).
 */
function blameOfRequest({ status, code = '', message }: AiError): Blame | undefined {
  if (
    status === 403 &&
    /model_not_found|model.*(?:not have access|not allowed)|missing scopes/i.test(`${code} ${message}`)
  )
    return 'target';
  if (status === 402 && /max_tokens|max_output_tokens/.test(message)) return 'request';
  const isOfContent =
    /moderation|flagged|usage (?:guidelines|polic)|content polic|safety|access the file|cached ?content/i;
  return status === 403 && isOfContent.test(message) ? 'request' : undefined;
}

/**
 * OpenAI says 429 of one request, too, that is larger than all that the key may use in a minute: to wait helps nobody, and a
 * key that rested for it would be out of use for all others as often as somebody likes.
 */
function isTooLarge({ status, message }: AiError): boolean {
  return status === 429 && /^request too large\b|tokens must be reduced/i.test(message);
}

/** What the statuses of all providers mean. */
function blameOfStatus(status: number): Blame {
  if (status === 401 || status === 402 || status === 403) return 'key';
  if (status === 429) return 'rate';
  if (status === 404) return 'target';
  const isCallers = status >= 400 && status < 500 && status !== 408 && status !== 409 && status !== 425;
  return isCallers ? 'request' : 'provider';
}

const FAILED: Failure = {
  blame: 'provider',
  error: { status: 502, message: 'The provider of this model failed.', code: 'upstream_failed' },
};

/** Another target may have room for it. */
const TOO_LARGE: Failure = {
  blame: 'target',
  error: {
    status: 413,
    message: 'The request is larger than the provider of this model takes at once.',
    code: 'request_too_large',
  },
};

const UNKNOWN_MODEL: Failure = {
  blame: 'target',
  error: {
    status: 502,
    message: 'The provider does not have what this model stands for.',
    code: 'upstream_model_not_found',
  },
};

/** An error without the key that the provider was sent. */
export function toldError(error: AiError, { secret }: Speaker): AiError {
  if (secret === undefined) return error;
  const { code, message } = error;
  const hidden = { ...error, message: message.replaceAll(secret, '…') };
  return code?.includes(secret) ? { ...hidden, code: 'invalid_request' } : hidden;
}

/** Longer answers are told in the gateway's words. */
const MAX_TOLD = 8_192;

/** Some providers repeat the key that they were sent, or their own. */
export function isSafe(body: string, { secret }: Speaker): boolean {
  if (body.length > MAX_TOLD) return false;
  return maskKeys(body) === body && (secret === undefined || !body.includes(secret));
}
