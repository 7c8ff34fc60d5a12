import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Call } from '../../calls/call.js';
import type { AnswerHandler } from '../../upstreams/upstream.js';
import { AiProblem } from '../errors/ai-problem.js';
import type { AiModel } from '../models/ai-models.service.js';
import type { AiTarget } from '../models/ai-target.js';
import { chooseTargets } from '../models/choose-targets.js';
import { hasPrice } from '../prices/cost.js';
import { isTier, pricedTiers, type ServiceTier } from '../prices/service-tiers.js';
import type { ProviderKey } from '../providers/provider-key.js';
import type { AiCall } from '../records/ai-call.js';
import type { Asked } from '../requests/asked.js';
import { type Outgoing, writeOutgoing } from '../requests/outgoing.js';
import { Attempt } from './attempt.js';
import { droppedField } from './dropped-field.js';
import {
  type Failure,
  faultOf,
  mostTelling,
  NO_KEY,
  NOT_FOR_THIS,
  overused,
  UNPRICED,
  unpricedTier,
} from './failure.js';

const logger = new Logger('AI');

/** What an exchange is about. */
export interface ExchangeOf {
  readonly call: Call;
  readonly aiCall: AiCall;
  readonly asked: Asked;
  readonly model: AiModel;
  /** Whether what a target cannot be told may be left out. */
  readonly mayDrop: boolean;
  /** Whether it is counted in money: then targets of which nobody knows what they cost are left out by default. */
  readonly countsMoney: boolean;
}

/**
 * Asks the targets of a model, one after the other and each with its keys, until one answers. Once the caller has got
 * something of an answer, nobody else is asked.
 */
export class AiExchange {
  constructor(private readonly of: ExchangeOf) {}

  /**
   * @param caller who gets the answer
   * @param gone aborted when the caller has gone: whoever is answering need not go on
   * @throws AiProblem when nobody answers
   */
  async run(caller: AnswerHandler, gone: AbortSignal): Promise<void> {
    const { model, aiCall } = this.of;
    const failures: Failure[] = [];
    for (const target of chooseTargets(model, this.of)) {
      const failure = await this.ask(target, caller, gone);
      if (!failure || gone.aborted) return;
      failures.push(failure);
      if (failure.blame === 'request') break;
    }
    const failure = failures.length === 0 ? NOT_FOR_THIS : mostTelling(failures);
    aiCall.fault = faultOf(failure);
    throw problemOf(failure);
  }

  /** @returns why this target does not answer */
  private async ask(
    target: AiTarget,
    caller: AnswerHandler,
    gone: AbortSignal,
  ): Promise<Failure | undefined> {
    if (this.mustKnowPrice && !hasPrice(target, this.of.aiCall.at)) return UNPRICED;
    const outgoing = this.outgoingTo(target);
    if ('blame' in outgoing) return outgoing;
    const tiers = this.tiersFor(target, outgoing);
    if ('blame' in tiers) return tiers;
    const { retries, cooldown } = this.of.model;
    const { keys } = target.provider;
    // Each key once in a round: one that is free again soon must not be asked again and again.
    const tried = new Set<ProviderKey>();
    let tries = 1;
    for (;;) {
      const key = keys.take(Date.now(), tried);
      if (!key) {
        const wait = keys.wait(Date.now());
        if (wait === Infinity) return NO_KEY;
        if (tries++ >= retries.tries || wait > retries.max_backoff * 1_000) return overused(wait);
        // Not all at once: others wait for it, too.
        await pause(Math.max(wait, backOff(tries, retries) / 2) * (1 + Math.random() / 4), gone);
        if (gone.aborted) return undefined;
        tried.clear();
        continue;
      }
      const failure = await this.attempt(target, key, outgoing, tiers).run(caller, gone);
      if (!failure || gone.aborted) return undefined;
      if (failure.blame === 'key' || failure.blame === 'rate') tried.add(key);
      if (failure.blame === 'key') this.refuse(target, key);
      else if (failure.blame === 'rate') key.overused(Date.now(), failure.retryAfterMs);
      else if (failure.blame === 'provider') {
        if (target.health.failed(Date.now(), cooldown)) this.tellRest(target, failure);
        if (tries++ >= retries.tries) return failure;
        await pause(Math.random() * backOff(tries, retries), gone);
      } else return failure;
      if (gone.aborted) return undefined;
    }
  }

  /** Another dialect is not told of any tier. @returns why the target is not asked where nobody knows what a tier costs */
  private tiersFor(target: AiTarget, { isConverted }: Outgoing): readonly ServiceTier[] | Failure {
    const tiers = isConverted ? [] : pricedTiers(this.of.asked, target);
    if (!isTier(tiers)) return tiers;
    return this.mustKnowPrice ? unpricedTier(tiers) : [];
  }

  private get mustKnowPrice(): boolean {
    const { model, countsMoney } = this.of;
    return (model.unknown_price ?? (countsMoney ? 'refuse' : 'count_as_zero')) === 'refuse';
  }

  private attempt(
    target: AiTarget,
    key: ProviderKey,
    outgoing: Outgoing,
    tiers: readonly ServiceTier[],
  ): Attempt {
    const { call, aiCall, asked, model } = this.of;
    const dropped = droppedField([...outgoing.dropped, ...outgoing.ignored]);
    const answerHeaders = dropped === undefined ? [] : ['x-gatehouse-dropped', dropped];
    const slowStream = model.slow_stream;
    const about = { call, aiCall, asked, outgoing, target, key, tiers, slowStream };
    return new Attempt({ ...about, answerHeaders });
  }

  private outgoingTo(target: AiTarget): Outgoing | Failure {
    const { asked, call, mayDrop } = this.of;
    try {
      const outgoing = writeOutgoing(asked, target, call.headers);
      const { dropped } = outgoing;
      return dropped.length === 0 || mayDrop ? outgoing : unsayable(dropped);
    } catch (error) {
      if (!(error instanceof AiProblem)) throw error;
      const { status, detail: message, code, pointer } = error;
      return {
        blame: 'target',
        error: { status, message, code, ...(pointer === undefined ? {} : { pointer }) },
      };
    }
  }

  private refuse({ provider }: AiTarget, key: ProviderKey): void {
    if (!key.refused(Date.now())) return;
    logger.warn(
      `The AI provider ${provider.name} refuses the key ${key.name}: for some minutes it is not used`,
    );
  }

  private tellRest({ provider, model }: AiTarget, { error }: Failure): void {
    logger.warn(`The model ${model} of the AI provider ${provider.name} rests: ${error.code}`);
  }
}

async function pause(ms: number, gone: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: gone }).catch(() => undefined);
}

type Retries = AiModel['retries'];

/** Milliseconds, at most, before this try. */
function backOff(tries: number, { backoff, max_backoff: most }: Retries): number {
  return Math.min(most, backoff * 2 ** (tries - 2)) * 1_000;
}

function unsayable(dropped: readonly string[]): Failure {
  const [first] = dropped;
  const message = `${dropped.slice(0, 10).join(', ')} cannot be said to this model: leave it out.`;
  return { blame: 'target', error: { status: 400, message, code: 'unsupported_parameter', pointer: first! } };
}

/** What the caller is told. */
export function problemOf({ error, said, retryAfterMs, blame }: Failure): AiProblem {
  const headers: Record<string, string> = {};
  if (retryAfterMs !== undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  // SDKs ask again after a 5xx; here that changes nothing.
  if (blame === 'key') headers['x-should-retry'] = 'false';
  const { status, message, code, pointer } = error;
  return new AiProblem(status, message, code, { pointer, said, headers });
}
