import { Clock } from '../../wire/clock.js';
import type { AiModel } from '../models/ai-models.service.js';
import type { AiTarget } from '../models/ai-target.js';
import { type Failure, LATE, SLOW } from './failure.js';

/** Says when a request takes too long. */
export class AttemptClocks {
  private readonly firstToken: Clock;
  private readonly betweenTokens: Clock;
  private readonly total: Clock;
  private readonly pace: Clock | undefined;
  private tokensBefore = 0;
  private wasHeld = false;

  /**
   * @param slowStream how fast a stream must be; undefined: it need not
   * @param tokens how many of it have come
   */
  constructor(
    timeouts: AiTarget['timeouts'],
    private readonly slowStream: AiModel['slow_stream'],
    private readonly tokens: () => number,
    private readonly ring: (failure: Failure) => void,
  ) {
    const late = () => ring(LATE);
    this.firstToken = new Clock(timeouts.first_token, late);
    this.betweenTokens = new Clock(timeouts.between_tokens, late);
    this.total = new Clock(timeouts.total, late);
    this.pace = slowStream && new Clock(slowStream.window, () => this.look());
  }

  sent(stream: boolean): void {
    if (stream) this.firstToken.start();
    this.total.start();
  }

  /** @param stream whether more of it comes by and by */
  began(stream: boolean): void {
    this.firstToken.stop();
    this.betweenTokens.start();
    if (stream) this.pace?.start();
    this.tokensBefore = this.tokens();
  }

  heard(): void {
    this.betweenTokens.start();
  }

  /** Whoever reads slowly makes the pause: it is not the provider's. */
  held(): void {
    this.betweenTokens.stop();
    this.wasHeld = true;
  }

  stop(): void {
    for (const clock of [this.firstToken, this.betweenTokens, this.total, this.pace]) clock?.stop();
  }

  private look(): void {
    const { tokens_per_second: rate, window } = this.slowStream!;
    const now = this.tokens();
    const isSlow = !this.wasHeld && now - this.tokensBefore < rate * window;
    if (isSlow) return this.ring(SLOW);
    this.tokensBefore = now;
    this.wasHeld = false;
    this.pace!.start();
  }
}
