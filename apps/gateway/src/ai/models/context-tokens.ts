import type { JsonValue } from '../../wire/json.js';
import type { Asked } from '../requests/asked.js';

/** Bytes of text that are a token, about: what is worked out here chooses a target, and charges nobody. */
const TEXT_BYTES = 4;
/** Longer strings without a space are no text but an image, a document or sound. */
const MEDIA_LENGTH = 1_024;

/** Whether the text of a call is no longer than this. Short bodies are not even read for it. */
export function fitsInto(tokens: number, asked: Asked): boolean {
  if (asked.members.bytes.length <= tokens * TEXT_BYTES) return true;
  return textBytes(asked.json) <= tokens * TEXT_BYTES;
}

function textBytes(value: JsonValue | undefined): number {
  if (typeof value === 'string') return isMedia(value) ? 0 : Buffer.byteLength(value);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, one) => sum + textBytes(one), 0);
}

function isMedia(text: string): boolean {
  return text.length > MEDIA_LENGTH && !/\s/.test(text.slice(0, MEDIA_LENGTH));
}
