import { Injectable } from '@nestjs/common';
import type { RowWriter } from '../../usage/row-writer.js';
import { RowWriters } from '../../usage/row-writers.service.js';
import { type AiCallObserver, ObservesAiCalls } from './ai-call-observer.js';
import type { AiCallRecord } from './ai-call-record.js';
import { type AiUsageRecord, aiUsageOf, aiUsageSums } from './ai-usage-record.js';

const INSERT = `
  INSERT INTO gateway.ai_usage (at, call_id, route, api, consumer, client, subject, operation, dialect, model, provider,
    served_model, key_name, stream, status, finish, fault, tries, first_token_ms, duration_ms, input_tokens,
    output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens,
    estimated, cost, calls, cache, saved, reservation, guardrail_events, prompt, prompt_version,
    credential, service_tier)
  SELECT to_timestamp(at / 1000.0), one.id, route, api, consumer, client, subject, operation, dialect, model, provider,
    "servedModel", key, stream, status, finish, fault, tries, "firstTokenMs", ms, (tokens->>'input')::bigint,
    (tokens->>'output')::bigint, (tokens->>'cacheRead')::bigint, (tokens->>'cacheWrite')::bigint,
    (tokens->>'reasoning')::bigint, (tokens->>'audioInput')::bigint, (tokens->>'audioOutput')::bigint,
    estimated, cost * 0.000000001, calls, cache, saved * 0.000000001, reservation,
    NULLIF(guardrails, '[]'::jsonb), prompt, "promptVersion", credential, "serviceTier"
  FROM batch, json_to_recordset($2) AS one (at double precision, id uuid, route text, api text, consumer text,
    client text, subject text, operation text, dialect text, model text, provider text, "servedModel" text, key text,
    stream boolean, status smallint, finish text, fault text, tries bigint, "firstTokenMs" double precision,
    ms double precision, tokens json, estimated boolean, cost numeric, calls bigint,
    cache text, saved numeric, reservation uuid, guardrails jsonb, prompt text, "promptVersion" text, credential text, "serviceTier" text)
  ON CONFLICT (reservation) WHERE reservation IS NOT NULL DO NOTHING`;

/** Writes a record of each AI call into PostgreSQL, beside the one that it has as a call. */
@Injectable()
@ObservesAiCalls('usage')
export class AiUsageWriter implements AiCallObserver {
  readonly off: boolean;
  private readonly rows: RowWriter<AiUsageRecord>;
  private kept: (records: readonly AiUsageRecord[]) => void = () => undefined;

  constructor(writers: RowWriters) {
    this.off = writers.off;
    this.rows = writers.of({
      name: 'usage records of AI calls',
      insert: INSERT,
      sums: aiUsageSums,
      kept: (records) => this.kept(records),
      counter: {
        name: 'gatehouse_ai_usage_records_total',
        help: 'Usage records of AI calls: written, or added up as too many waited',
      },
    });
  }

  /** @param listener told of records that are written, or added to others */
  onKept(listener: (records: readonly AiUsageRecord[]) => void): void {
    this.kept = listener;
  }

  finished(record: AiCallRecord): void {
    this.rows.add(aiUsageOf(record));
  }
}
