import type { AiError } from '../dialects/chat.js';
import type { ServiceTier } from '../prices/service-tiers.js';
import type { Blame } from '../providers/ai-provider.js';

/** Why a target did not answer, and what the caller is told where nobody else does. */
export interface Failure {
  readonly blame: Blame;
  readonly error: AiError & { readonly code: string };
  /** When the provider wants to be asked again. */
  readonly retryAfterMs?: number | undefined;
  /** The provider's own words, in the caller's dialect. */
  readonly said?: Buffer | undefined;
}

export const UNREADABLE: Failure = {
  blame: 'provider',
  error: {
    status: 502,
    message: 'The provider of this model answered what cannot be read.',
    code: 'upstream_answer_unreadable',
  },
};

export const LATE: Failure = {
  blame: 'provider',
  error: {
    status: 504,
    message: 'The provider of this model did not answer in time.',
    code: 'upstream_timeout',
  },
};

/** Its stream was slower than `slow_stream` of the model allows. */
export const SLOW: Failure = {
  blame: 'provider',
  error: {
    status: 504,
    message: 'The provider of this model answered too slowly.',
    code: 'upstream_too_slow',
  },
};

export const UNREACHABLE: Failure = {
  blame: 'provider',
  error: {
    status: 502,
    message: 'The provider of this model cannot be reached.',
    code: 'upstream_unreachable',
  },
};

/** The connection broke in the middle of an answer. */
export const BROKEN: Failure = {
  blame: 'provider',
  error: {
    status: 502,
    message: 'The provider of this model broke its answer off.',
    code: 'upstream_stream_cut',
  },
};

export const NO_KEY: Failure = {
  blame: 'key',
  error: {
    status: 502,
    message: 'The gateway has no credentials that the provider of this model takes.',
    code: 'upstream_credentials_exhausted',
  },
};

export const UNPRICED: Failure = {
  blame: 'target',
  error: {
    status: 403,
    message: 'Nobody knows what this model costs, and so it may not be called: its target needs a price.',
    code: 'price_unknown',
  },
};

/** A service tier of which nobody knows what it costs. */
export function unpricedTier({ pointer, name }: ServiceTier): Failure {
  const message = `${pointer}: nobody knows what ${JSON.stringify(name.slice(0, 63))} costs here: leave it out, or the target needs a factor in tiers.`;
  return { blame: 'target', error: { status: 400, message, code: 'unsupported_parameter', pointer } };
}

export const NOT_FOR_THIS: Failure = {
  blame: 'target',
  error: { status: 403, message: 'No target of this model is for calls like this one.', code: 'no_target' },
};

/** @param retryAfterMs undefined: nobody says */
export function overused(retryAfterMs?: number): Failure {
  return {
    blame: 'rate',
    retryAfterMs,
    error: {
      status: 429,
      message: 'The provider of this model takes no more calls for now.',
      code: 'rate_limit_exceeded',
    },
  };
}

/** What logs and metrics call it: one of a few words. */
export function faultOf({ blame, error }: Failure): string {
  return blame === 'request' ? 'request_refused' : error.code;
}

/** Those that say more to the caller go before those that say less. */
const TELLING: readonly Blame[] = ['request', 'rate', 'provider', 'key', 'target'];

/** What is told where several targets failed. */
export function mostTelling(failures: readonly Failure[]): Failure {
  const rank = ({ blame }: Failure) => TELLING.indexOf(blame);
  return failures.reduce((best, one) => (rank(one) <= rank(best) ? one : best));
}
