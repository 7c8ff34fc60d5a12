import { Clock } from '../../wire/clock.js';
import type { JsonObject } from '../../wire/json.js';
import type { Asker } from './asker.js';
import { failureOf, late } from './failures.js';
import { type Said, said } from './said.js';

/** Seconds. */
export interface Timeouts {
  /** Until the answer, or the next message. */
  readonly answer: number;
  /** For all of it. */
  readonly total: number;
}

/**
 * What a server says to one request, in time.
 * @param ask sends the request; whom it gets has gone when the time is over, too
 * @throws Problem
 */
export async function* withinTimeouts(
  { answer, total }: Timeouts,
  asker: Asker,
  ask: (asker: Asker) => AsyncIterable<JsonObject>,
): AsyncGenerator<Said> {
  const limit = new AbortController();
  const ring = () => limit.abort();
  const [answerClock, totalClock] = [new Clock(answer, ring), new Clock(total, ring)];
  answerClock.start();
  totalClock.start();
  let hasBegun = false;
  const within = { ...asker, gone: AbortSignal.any([asker.gone, limit.signal]) };
  try {
    for await (const message of ask(within)) {
      // Whoever reads slowly makes the pause: it is not the server's.
      answerClock.stop();
      hasBegun = true;
      const heard = said(message);
      if (heard) yield heard;
      answerClock.start();
    }
  } catch (error) {
    throw within.gone.aborted ? late() : failureOf(error, hasBegun);
  } finally {
    answerClock.stop();
    totalClock.stop();
  }
}
