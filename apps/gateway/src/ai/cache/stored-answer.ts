import { isUtf8 } from 'node:buffer';
import type { StopReason, TokenUsage } from '../dialects/chat.js';
import type { NanoDollars } from '../prices/nano-dollars.js';
import type { Asked } from '../requests/asked.js';

/** How an answer comes: whole, or as a stream; of OpenAI's with or without its usage. */
export type Form = 'whole' | 'stream' | 'stream_with_usage';

/** What a provider answered, as a caller got it in its dialect. */
export interface StoredAnswer {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly form: Form;
  readonly contentType: string;
  readonly body: Buffer;
  /** What it took, and what that cost; undefined: nobody knows. */
  readonly usage: TokenUsage | undefined;
  readonly cost: NanoDollars | undefined;
  readonly finish: StopReason | undefined;
}

export function formOf({ stream, wantsUsage }: Pick<Asked, 'stream' | 'wantsUsage'>): Form {
  if (!stream) return 'whole';
  return wantsUsage ? 'stream_with_usage' : 'stream';
}

export function encodeAnswer({ body, ...rest }: StoredAnswer): string {
  const text = isUtf8(body);
  return JSON.stringify([rest, text, body.toString(text ? 'utf8' : 'base64')]);
}

export function decodeAnswer(encoded: string): StoredAnswer {
  const [rest, text, body] = JSON.parse(encoded) as [Omit<StoredAnswer, 'body'>, boolean, string];
  return { ...rest, body: Buffer.from(body, text ? 'utf8' : 'base64') };
}
