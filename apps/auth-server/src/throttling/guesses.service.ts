import { type Limit, StoreThrottlerStorage, tooManyRequests } from '@gatehouse/throttling';
import { Injectable } from '@nestjs/common';

/** Bounds guesses of what is secret and short: a wrong one counts, a right one is given back. */
@Injectable()
export class Guesses {
  constructor(private readonly storage: StoreThrottlerStorage) {}

  /**
   * What a guess finds, or undefined when it is wrong. It is counted before it is looked at: many at once get no
   * further than one after the other.
   * @param limits whose keys share a slot, by {braces}
   * @throws Problem 429 when a limit is used up, whatever the guess
   */
  async take<T>(limits: readonly Limit[], guess: () => Promise<T | undefined>): Promise<T | undefined> {
    const { refusedBy } = await this.storage.consume(limits);
    if (refusedBy) throw tooManyRequests(refusedBy);
    const found = await guess();
    if (found !== undefined) await this.storage.giveBack(limits);
    return found;
  }
}
