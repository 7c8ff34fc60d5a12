import type { Call } from '../../calls/call.js';
import type { StopReason, TokenUsage } from '../dialects/chat.js';
import type { CallerDialectName } from '../dialects/dialect.js';
import type { GuardrailEvent } from '../guardrails/guardrail-events.js';
import type { OperationName } from '../operations/operation.js';
import type { NanoDollars } from '../prices/nano-dollars.js';
import type { AiCall, CacheState } from './ai-call.js';

/** How a call of an AI model ended; what is not known is undefined. */
export interface AiCallRecord {
  /** The id of the call, as in the log. */
  readonly id: string;
  /** What was reserved for it at budgets; undefined: nothing. */
  readonly reservation?: string | undefined;
  /** When it came, in epoch milliseconds. */
  readonly at: number;
  readonly route: string;
  readonly api: string | undefined;
  readonly consumer: string | undefined;
  /** The credential of the gateway's own that it came with, by name: a key of a consumer, or one that somebody made for themselves. */
  readonly credential: string | undefined;
  readonly client: string | undefined;
  readonly subject: string | undefined;
  /** The teams that the caller is in. */
  readonly teams: readonly string[];
  readonly operation: OperationName | 'batch';
  /** What the caller spoke. */
  readonly dialect: CallerDialectName;
  /** As the caller named it; undefined: there is none of that name. */
  readonly model: string | undefined;
  /** Who answered, or was asked last: the model as that provider names it, and the name of the key. */
  readonly provider: string | undefined;
  readonly servedModel: string | undefined;
  /** The type of that provider, and where it is. */
  readonly providerType: string | undefined;
  readonly providerUrl: string | undefined;
  /** The model, as the answer itself says it. */
  readonly answeringModel: string | undefined;
  readonly key: string | undefined;
  /** The prompt that was called, and its version; undefined: the caller wrote what is asked. */
  readonly prompt: string | undefined;
  readonly promptVersion: string | undefined;
  readonly stream: boolean;
  /** What the caller got; 0: it left first. */
  readonly status: number;
  readonly finish: StopReason | undefined;
  /** What went wrong, as one of a few words. */
  readonly fault: string | undefined;
  /** Requests to providers. */
  readonly tries: number;
  /** Milliseconds, of a stream, until the caller got the first of it. */
  readonly firstTokenMs: number | undefined;
  readonly ms: number;
  /** Of all requests, where those that failed may have to be paid, too. */
  readonly usage: TokenUsage;
  /** What it cost, by the prices of whoever was asked; undefined: nobody knows that, or nothing was used. */
  readonly cost: NanoDollars | undefined;
  /** How the provider says that it served the call: `service_tier`, `speed` and `inference_geo` as it has them. */
  readonly serviceTier: string | undefined;
  /** What the cache had; undefined: the call had nothing to do with it. */
  readonly cache: CacheState | undefined;
  /** What a cached answer had cost, which this call did not; undefined: nobody knows, or it was none. */
  readonly saved: NanoDollars | undefined;
  /** Whether some of `usage` is a guess: a provider did not get to tell it. */
  readonly estimated: boolean;
  /** What guardrails did. */
  readonly guardrails: readonly GuardrailEvent[];
}

/** The record of a call that is over: the same one for all who ask. */
export function endRecordOf(aiCall: AiCall, call: Call): AiCallRecord {
  return (aiCall.record ??= recordOf(aiCall, call));
}

/** Of a call as far as it has got. */
export function recordOf(aiCall: AiCall, call: Call): AiCallRecord {
  const { caller, route } = call;
  const { startedAt, firstTokenAt } = aiCall;
  const { usage, cost, estimated } = aiCall.spent();
  return {
    id: call.id,
    reservation: aiCall.reservation,
    at: aiCall.at,
    route: route.name,
    api: route.api,
    consumer: caller.consumer,
    credential: caller.credential,
    client: caller.clientId,
    subject: caller.subject,
    teams: [...aiCall.teams],
    operation: aiCall.operation,
    dialect: aiCall.dialect,
    model: aiCall.model,
    provider: aiCall.target?.provider.name,
    servedModel: aiCall.target?.model,
    providerType: aiCall.target?.provider.typeName,
    providerUrl: aiCall.target?.provider.baseUrl,
    answeringModel: aiCall.answeringModel,
    key: aiCall.key,
    prompt: aiCall.prompt?.name,
    promptVersion: aiCall.prompt?.version,
    stream: aiCall.stream,
    status: call.status,
    finish: aiCall.finish,
    fault: faultOf(aiCall, call),
    tries: aiCall.tries,
    firstTokenMs: firstTokenAt === undefined ? undefined : firstTokenAt - startedAt,
    ms: performance.now() - startedAt,
    usage,
    cost,
    serviceTier: aiCall.serviceTier,
    cache: aiCall.cache,
    saved: aiCall.saved,
    estimated,
    guardrails: aiCall.guardrails?.list ?? [],
  };
}

/** Whoever left before there was an answer did not see what went wrong. */
function faultOf({ fault }: AiCall, { status, response }: Call): string | undefined {
  const hasLeft = status === 0 || (fault === undefined && !response.writableFinished);
  return hasLeft ? 'caller_gone' : fault;
}
