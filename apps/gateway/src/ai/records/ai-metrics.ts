import { Metrics } from '@gatehouse/observability';
import { Inject, Injectable } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import { CONFIG, type Config } from '../../config.js';
import type { TokenUsage } from '../dialects/chat.js';
import { type AiCallObserver, ObservesAiCalls } from './ai-call-observer.js';
import type { AiCallRecord } from './ai-call-record.js';
import { isKnown } from './attempt-account.js';
import { SECONDS, speedOf, SPEEDS } from './speed.js';

const KINDS: readonly (readonly [keyof TokenUsage, string])[] = [
  ['input', 'input'],
  ['output', 'output'],
  ['cacheRead', 'cache_read'],
  ['cacheWrite', 'cache_write'],
  ['reasoning', 'reasoning'],
  ['audioInput', 'audio_input'],
  ['audioOutput', 'audio_output'],
];

/** AI calls for Prometheus; the names of models and providers are bounded by the configuration. */
@Injectable()
@ObservesAiCalls('metrics')
export class AiMetrics implements AiCallObserver {
  readonly off: boolean;
  private readonly calls: Counter<'model' | 'provider' | 'outcome'>;
  private readonly tokens: Counter<'model' | 'provider' | 'kind'>;
  private readonly dollars: Counter<'model' | 'provider'>;
  private readonly unpriced: Counter<'model' | 'provider'>;
  private readonly cached: Counter<'model' | 'outcome'>;
  private readonly saved: Counter<'model'>;
  private readonly guardrailEvents: Counter<'guardrail' | 'action' | 'on'>;
  private readonly firstToken: Histogram<'model' | 'provider'>;
  private readonly speed: Histogram<'model' | 'provider'>;

  constructor(metrics: Metrics, @Inject(CONFIG) { metricsPort }: Config) {
    this.off = metricsPort === undefined;
    this.calls = metrics.counter({
      name: 'gatehouse_ai_calls_total',
      help: 'Calls of AI models, by how they ended',
      labelNames: ['model', 'provider', 'outcome'],
    });
    this.tokens = metrics.counter({
      name: 'gatehouse_ai_tokens_total',
      help: 'Tokens of AI calls; all other kinds are part of input and output',
      labelNames: ['model', 'provider', 'kind'],
    });
    this.dollars = metrics.counter({
      name: 'gatehouse_ai_cost_dollars_total',
      help: 'What AI calls cost, in US dollars',
      labelNames: ['model', 'provider'],
    });
    this.unpriced = metrics.counter({
      name: 'gatehouse_ai_unpriced_calls_total',
      help: 'AI calls that used tokens of which nobody knows the price',
      labelNames: ['model', 'provider'],
    });
    this.cached = metrics.counter({
      name: 'gatehouse_ai_cache_total',
      help: 'AI calls that the cache was asked about, by what it had',
      labelNames: ['model', 'outcome'],
    });
    this.saved = metrics.counter({
      name: 'gatehouse_ai_cache_saved_dollars_total',
      help: 'What cached answers had cost, in US dollars',
      labelNames: ['model'],
    });
    this.guardrailEvents = metrics.counter({
      name: 'gatehouse_ai_guardrail_events_total',
      help: 'What guardrails found in AI calls',
      labelNames: ['guardrail', 'action', 'on'],
    });
    this.firstToken = metrics.histogram({
      name: 'gatehouse_ai_time_to_first_token_seconds',
      help: 'Time until callers got the first of a stream',
      labelNames: ['model', 'provider'],
      buckets: SECONDS,
    });
    this.speed = metrics.histogram({
      name: 'gatehouse_ai_output_tokens_per_second',
      help: 'Tokens of output in a second: of streams from the first token on',
      labelNames: ['model', 'provider'],
      buckets: SPEEDS,
    });
  }

  finished(record: AiCallRecord): void {
    const { model = 'none', provider = 'none', fault, usage, cost, cache, saved, firstTokenMs } = record;
    for (const { count, ...labels } of record.guardrails) this.guardrailEvents.inc(labels, count);
    this.calls.inc({ model, provider, outcome: fault ?? 'answered' });
    for (const [member, kind] of KINDS) {
      const count = usage[member] ?? 0;
      if (count > 0) this.tokens.inc({ model, provider, kind }, count);
    }
    if (cost !== undefined) this.dollars.inc({ model, provider }, cost / 1e9);
    else if (isKnown(usage)) this.unpriced.inc({ model, provider });
    if (cache !== undefined) this.cached.inc({ model, outcome: cache });
    if (saved !== undefined) this.saved.inc({ model }, saved / 1e9);
    if (firstTokenMs !== undefined) this.firstToken.observe({ model, provider }, firstTokenMs / 1_000);
    const speed = speedOf(record);
    if (speed !== undefined) this.speed.observe({ model, provider }, speed);
  }
}
