import { addSpan, Meters } from '@gatehouse/observability';
import { Inject, Injectable } from '@nestjs/common';
import type { Attributes, Histogram } from '@opentelemetry/api';
import { CONFIG, type Config } from '../../config.js';
import type { StopReason } from '../dialects/chat.js';
import { type AiCallObserver, ObservesAiCalls } from './ai-call-observer.js';
import type { AiCallRecord } from './ai-call-record.js';

/** As the conventions name them; what has no name there has its own. */
const OPERATIONS: Readonly<Partial<Record<AiCallRecord['operation'], string>>> = {
  completions: 'text_completion',
  batch_embeddings: 'embeddings',
};

/** `gen_ai.provider.name` of types; others have none there, and are named as the configuration does. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['azure_openai', 'azure.ai.openai'],
  ['bedrock', 'aws.bedrock'],
  ['gemini', 'gcp.gemini'],
  ['vertex', 'gcp.vertex_ai'],
  ['mistral', 'mistral_ai'],
  ['xai', 'x_ai'],
]);

/** As most instrumentations say them. */
const FINISHES: Readonly<Partial<Record<StopReason, string>>> = {
  stop_sequence: 'stop',
  context_window: 'length',
  tool_calls: 'tool_call',
  refusal: 'content_filter',
};

/** Advice of the conventions. */
const TOKENS = [
  1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
];
const DURATIONS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const FIRST_CHUNKS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** A span and metrics of each AI call by the semantic conventions of OpenTelemetry for generative AI, as a client's. */
@Injectable()
@ObservesAiCalls('telemetry')
export class AiTelemetry implements AiCallObserver {
  readonly off: boolean;
  private instruments:
    { readonly tokens: Histogram; readonly duration: Histogram; readonly firstChunk: Histogram } | undefined;

  constructor(
    private readonly meters: Meters,
    @Inject(CONFIG) { otlpEndpoint }: Config,
  ) {
    this.off = otlpEndpoint === undefined;
  }

  finished(record: AiCallRecord): void {
    // Nobody was asked: it was refused, or came out of the cache.
    if (record.tries === 0) return;
    const attributes = attributesOf(record);
    const failed = record.fault === undefined ? {} : { 'error.type': record.fault };
    this.measure(record, attributes, failed);
    addSpan({
      name: `${attributes['gen_ai.operation.name']} ${record.servedModel}`,
      startedAt: record.at,
      ms: record.ms,
      attributes: { ...attributes, ...failed, ...resultOf(record) },
      failed: record.fault !== undefined,
    });
  }

  private measure(record: AiCallRecord, attributes: Attributes, failed: Attributes): void {
    const { tokens, duration, firstChunk } = (this.instruments ??= this.made());
    const { usage, ms, firstTokenMs } = record;
    duration.record(ms / 1_000, { ...attributes, ...failed });
    if (firstTokenMs !== undefined) firstChunk.record(firstTokenMs / 1_000, attributes);
    for (const type of ['input', 'output'] as const) {
      if (usage[type] !== undefined) tokens.record(usage[type], { ...attributes, 'gen_ai.token.type': type });
    }
  }

  private made() {
    const { meter } = this.meters;
    const histogram = (name: string, unit: string, description: string, boundaries: number[]) =>
      meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: boundaries } });
    return {
      tokens: histogram('gen_ai.client.token.usage', '{token}', 'Input and output tokens used', TOKENS),
      duration: histogram('gen_ai.client.operation.duration', 's', 'GenAI operation duration', DURATIONS),
      firstChunk: histogram(
        'gen_ai.client.operation.time_to_first_chunk',
        's',
        'Time to receive the first chunk of a stream',
        FIRST_CHUNKS,
      ),
    };
  }
}

function attributesOf(record: AiCallRecord) {
  const { operation, providerType = '', servedModel, answeringModel, providerUrl } = record;
  return {
    'gen_ai.operation.name': OPERATIONS[operation] ?? operation,
    'gen_ai.provider.name': PROVIDERS.get(providerType) ?? providerType,
    'gen_ai.request.model': servedModel,
    'gen_ai.response.model': answeringModel,
    ...(providerUrl === undefined ? {} : addressOf(new URL(providerUrl))),
  };
}

function addressOf({ hostname, port, protocol }: URL): Attributes {
  return { 'server.address': hostname, 'server.port': Number(port || (protocol === 'https:' ? 443 : 80)) };
}

/** What spans say besides: as many values as calls. */
function resultOf({ usage, finish, stream, firstTokenMs, model, route }: AiCallRecord): Attributes {
  return {
    'gen_ai.usage.input_tokens': usage.input,
    'gen_ai.usage.output_tokens': usage.output,
    'gen_ai.usage.cache_read.input_tokens': usage.cacheRead,
    'gen_ai.usage.cache_creation.input_tokens': usage.cacheWrite,
    'gen_ai.response.finish_reasons': finish && [FINISHES[finish] ?? finish],
    'gen_ai.request.stream': stream,
    'gen_ai.response.time_to_first_chunk': firstTokenMs === undefined ? undefined : firstTokenMs / 1_000,
    'gatehouse.ai.model': model,
    'gatehouse.route': route,
  };
}
