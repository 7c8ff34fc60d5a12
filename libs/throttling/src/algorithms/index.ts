import type { AlgorithmName } from '../limit.js';
import type { Algorithm } from './algorithm.js';
import { CONCURRENCY } from './concurrency.js';
import { FIXED_WINDOW } from './fixed-window.js';
import { GCRA } from './gcra.js';
import { SLIDING_WINDOW } from './sliding-window.js';

export const ALGORITHMS: Readonly<Record<AlgorithmName, Algorithm>> = {
  fixed_window: FIXED_WINDOW,
  sliding_window: SLIDING_WINDOW,
  gcra: GCRA,
  concurrency: CONCURRENCY,
};
