import { minuteOf, OTHER, type Sums } from '../../usage/record-queue.js';
import { addedEvents } from '../guardrails/guardrail-events.js';
import type { TokenUsage } from '../dialects/chat.js';
import { addUsage, sum as total } from '../dialects/usage.js';
import type { AiCallRecord } from './ai-call-record.js';

/** A row of `gateway.ai_usage`: a call, or several that were added up. */
export interface AiUsageRecord extends Omit<
  AiCallRecord,
  | 'id'
  | 'usage'
  | 'operation'
  | 'dialect'
  | 'route'
  | 'teams'
  | 'providerType'
  | 'providerUrl'
  | 'answeringModel'
> {
  readonly id: string | undefined;
  readonly route: string | undefined;
  readonly operation: string;
  readonly dialect: string;
  readonly tokens: TokenUsage;
  readonly calls: number;
}

/** A token's subject is as long as its issuer likes. */
const TEXT_MAX = 255;

export function aiUsageOf(from: AiCallRecord): AiUsageRecord {
  const { usage, consumer, client, subject } = from;
  // Copied as a whole, and then without what rows do not have: picking takes ten times as long.
  const record = {
    ...from,
    usage: undefined,
    teams: undefined,
    providerType: undefined,
    providerUrl: undefined,
    answeringModel: undefined,
    consumer: bounded(consumer),
    client: bounded(client),
    subject: bounded(subject),
    tokens: usage,
    calls: 1,
  };
  return record;
}

function bounded(text: string | undefined): string | undefined {
  return text?.slice(0, TEXT_MAX);
}

/** By minute, model, provider, status, consumer, credential, client and cache. */
export const aiUsageSums: Sums<AiUsageRecord> = {
  keyOf: (record, coarse) => {
    const { at, route, model, provider, servedModel, status, estimated } = record;
    if (coarse) return JSON.stringify([minuteOf(at), status, estimated]);
    const { consumer, credential, client, cache } = record;
    const who = [consumer, credential, client, cache];
    return JSON.stringify([minuteOf(at), route, model, provider, servedModel, status, ...who, estimated]);
  },
  add: (sum, record, coarse) => {
    const { route, api, model, provider, servedModel, consumer, credential, client, cache } = record;
    const named = coarse
      ? { ...NOBODY, route: OTHER, model: OTHER }
      : { route, api, model, provider, servedModel, consumer, credential, client, cache };
    return {
      ...named,
      id: undefined,
      reservation: undefined,
      at: minuteOf(record.at),
      subject: undefined,
      operation: OTHER,
      dialect: OTHER,
      key: undefined,
      prompt: undefined,
      serviceTier: undefined,
      promptVersion: undefined,
      stream: false,
      status: record.status,
      finish: undefined,
      fault: undefined,
      firstTokenMs: undefined,
      estimated: record.estimated,
      tries: (sum?.tries ?? 0) + record.tries,
      ms: (sum?.ms ?? 0) + record.ms,
      cost: total(sum?.cost, record.cost),
      saved: total(sum?.saved, record.saved),
      guardrails: addedEvents(sum?.guardrails ?? [], record.guardrails),
      tokens: sum ? addUsage(sum.tokens, record.tokens) : record.tokens,
      calls: (sum?.calls ?? 0) + record.calls,
    };
  },
};

const NOBODY = {
  api: undefined,
  provider: undefined,
  servedModel: undefined,
  consumer: undefined,
  credential: undefined,
  client: undefined,
  cache: undefined,
};
