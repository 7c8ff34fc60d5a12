import { Metrics } from '@gatehouse/observability';
import { Inject, Injectable } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import { CONFIG, type Config } from '../../config.js';
import { type AiCallObserver, ObservesAiCalls } from './ai-call-observer.js';
import type { AiCallRecord } from './ai-call-record.js';
import { SECONDS, speedOf, SPEEDS } from './speed.js';

/** AI calls of teams for Prometheus: a call counts for each team of its caller, so that they must not be added up. */
@Injectable()
@ObservesAiCalls('team metrics')
export class AiTeamMetrics implements AiCallObserver {
  readonly off: boolean;
  private readonly dollars: Counter<'team' | 'model'>;
  private readonly tokens: Counter<'team' | 'model' | 'kind'>;
  private readonly firstToken: Histogram<'team'>;
  private readonly speed: Histogram<'team'>;

  constructor(metrics: Metrics, @Inject(CONFIG) { metricsPort }: Config) {
    this.off = metricsPort === undefined;
    this.dollars = metrics.counter({
      name: 'gatehouse_ai_team_cost_dollars_total',
      help: 'What AI calls of a team cost, in US dollars',
      labelNames: ['team', 'model'],
    });
    this.tokens = metrics.counter({
      name: 'gatehouse_ai_team_tokens_total',
      help: 'Tokens of AI calls of a team',
      labelNames: ['team', 'model', 'kind'],
    });
    this.firstToken = metrics.histogram({
      name: 'gatehouse_ai_team_time_to_first_token_seconds',
      help: 'Time until callers of a team got the first of a stream',
      labelNames: ['team'],
      buckets: SECONDS,
    });
    this.speed = metrics.histogram({
      name: 'gatehouse_ai_team_output_tokens_per_second',
      help: 'Tokens of output in a second for callers of a team: of streams from the first token on',
      labelNames: ['team'],
      buckets: SPEEDS,
    });
  }

  finished(record: AiCallRecord): void {
    for (const team of record.teams) this.count(team, record);
  }

  private count(team: string, record: AiCallRecord): void {
    const { model = 'none', usage, cost, firstTokenMs } = record;
    if (cost !== undefined) this.dollars.inc({ team, model }, cost / 1e9);
    for (const kind of ['input', 'output'] as const) {
      if (usage[kind]) this.tokens.inc({ team, model, kind }, usage[kind]);
    }
    if (firstTokenMs !== undefined) this.firstToken.observe({ team }, firstTokenMs / 1_000);
    const speed = speedOf(record);
    if (speed !== undefined) this.speed.observe({ team }, speed);
  }
}
