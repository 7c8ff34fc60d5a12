import type { CachedCall } from '../cached-call.js';
import type { Vector } from './vectors.js';

/** Tells what a text means. */
export interface Embedder {
  /** Vectors of two embedders are not compared. */
  readonly id: string;
  /** @param gone aborted when the caller has gone, or it takes too long @returns undefined where it cannot tell */
  embed(text: string, of: CachedCall, gone: AbortSignal): Promise<Vector | undefined>;
}
