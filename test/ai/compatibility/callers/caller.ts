import type { Feature } from '../features.js';
import type { Ask, Complaint, Said } from '../scene.js';

/** An SDK, of which only base URL and key are changed. */
export interface Caller {
  /** As npm has it, with its version where there are several. */
  readonly name: string;
  /** What it has no way to ask, or does not tell. */
  readonly lacks?: readonly Feature[];
  ask(ask: Ask, model: string, signal?: AbortSignal): Promise<Said>;
  /** @param onPiece called with each piece of text */
  stream(ask: Ask, model: string, signal?: AbortSignal, onPiece?: () => void): Promise<Said>;
  complaintOf(error: unknown): Complaint;
  /** The class of its errors, by their status. */
  errorName(status: number): string;
  /** What it tells of usage beside input and output. Left out: all. */
  readonly counts?: { readonly cached: boolean; readonly reasoning: boolean };
  /** Whether its errors have the header fields of the answer. Left out: they have. */
  readonly tellsHeaders?: boolean;
}

/** A key that no provider may see. */
export const CALLERS_KEY = 'callers-own-key';

interface SdkError extends Error {
  readonly status?: number;
  readonly statusCode?: number;
  readonly status_code?: number;
  readonly headers?: Headers;
  readonly responseHeaders?: Record<string, string>;
}

/** Errors of most SDKs have their status, and the header fields of the answer. */
export function complaint(error: unknown): Complaint {
  const { name, constructor, message, headers, responseHeaders, ...rest } = error as SdkError;
  const status = rest.status ?? rest.statusCode ?? rest.status_code;
  const retryAfter = headers?.get('retry-after') ?? responseHeaders?.['retry-after'];
  return {
    name: name === 'Error' ? constructor.name : name,
    message: `${(error as Error).message ?? message}`,
    ...(status === undefined ? {} : { status }),
    ...(retryAfter === undefined || retryAfter === null ? {} : { retryAfter }),
  };
}

/** The names that OpenAI's and Anthropic's SDKs share. */
export function errorName(status: number): string {
  return ERROR_NAMES[status] ?? 'InternalServerError';
}

const ERROR_NAMES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  401: 'AuthenticationError',
  429: 'RateLimitError',
};

export const PDF_TYPE = 'application/pdf';

export function dataUrl({ base64, type }: { readonly base64: string; readonly type: string }): string {
  return `data:${type};base64,${base64}`;
}
