import { Problem } from '@gatehouse/http';
import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Claims } from './caller-token.js';

/** Questions that may be under way at once: a made-up token costs its maker nothing. */
const MAX_PENDING = 256;
/** An answer that a token is not good is remembered, too, for this long at most. */
const REFUSED_MS = 5_000;
const MAX_REFUSED = 10_000;

const answer = z.looseObject({ active: z.boolean() });

/** Asks an issuer about tokens (RFC 7662): of many calls with one token, one asks. */
export class Introspector {
  private readonly logger = new Logger(Introspector.name);
  private readonly pending = new Map<string, Promise<Claims | undefined>>();
  private readonly refused: LRUCache<string, true> | undefined;

  /**
   * @param issuer for the log
   * @param ask bounded in time and size; throws when the issuer does not answer
   * @param cacheSeconds for how long an answer counts
   */
  constructor(
    private readonly issuer: string,
    private readonly ask: (token: string) => Promise<unknown>,
    readonly cacheSeconds: number,
  ) {
    const ttl = Math.min(cacheSeconds * 1_000, REFUSED_MS);
    this.refused = ttl > 0 ? new LRUCache({ max: MAX_REFUSED, ttl }) : undefined;
  }

  /**
   * What the issuer says of a token; undefined when it is not active.
   * @param key the token's hash
   * @throws Problem 503 when there is no answer: nobody gets in without the issuer's word
   */
  introspect(key: string, token: string): Promise<Claims | undefined> {
    if (this.refused?.has(key)) return Promise.resolve(undefined);
    const asked = this.pending.get(key);
    if (asked) return asked;
    if (this.pending.size >= MAX_PENDING) throw unavailable();
    const asking = this.askOnce(key, token).finally(() => this.pending.delete(key));
    this.pending.set(key, asking);
    return asking;
  }

  private async askOnce(key: string, token: string): Promise<Claims | undefined> {
    let found: z.output<typeof answer>;
    try {
      found = answer.parse(await this.ask(token));
    } catch (error) {
      this.logger.warn(`${this.issuer} cannot be asked about a token: ${(error as Error).message}`);
      throw unavailable();
    }
    if (found.active) return found;
    this.refused?.set(key, true);
    return undefined;
  }
}

function unavailable(): Problem {
  return new Problem(503, 'Whether the token is good cannot be found out just now.', {
    headers: { 'retry-after': '1' },
  });
}
