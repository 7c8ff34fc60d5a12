import type { AnswerHandler } from '../../upstreams/upstream.js';
import { isStreamType } from '../answers/stream-form.js';
import type { CachedCall } from './cached-call.js';
import type { Replay } from './replay.js';
import type { StoredAnswer } from './stored-answer.js';

/** An answer that was found: it takes the place of a provider's. */
export class Hit {
  constructor(
    private readonly replay: Replay,
    private readonly stored: StoredAnswer,
    private readonly of: CachedCall,
  ) {}

  /** @param caller who gets it, streams in one piece */
  answer(caller: AnswerHandler): void {
    const { replay, stored } = this;
    const { aiCall, asked } = this.of;
    aiCall.saved = stored.cost;
    aiCall.finish = stored.finish;
    if (asked.stream) aiCall.firstTokenAt = performance.now();
    const age = Math.max(0, Math.floor((Date.now() - stored.at) / 1_000));
    const headers = ['content-type', replay.contentType, 'x-gatehouse-cache', aiCall.cache!];
    headers.push('age', String(age), 'x-gatehouse-cost', '0');
    if (isStreamType(replay.contentType)) headers.push('cache-control', 'no-cache');
    else headers.push('content-length', String(replay.body.length));
    caller.onHead(200, headers, () => undefined);
    caller.onData(replay.body);
    caller.onEnd([]);
  }
}
