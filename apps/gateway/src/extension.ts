/**
 * What in-house modules of the gateway may use, and all they may: it grows, and what is here keeps its meaning.
 * docs/extending.md shows each at work.
 */

// A guard type of one's own.
export {
  type Caller,
  type Consumed,
  RedirectAnswer,
  type RouteGuard,
  RouteGuardType,
} from './guards/route-guard.js';
export type { IncomingCall } from './calls/incoming-call.js';

// A policy of one's own.
export type { Answer, AnswerHead, OutgoingRequest } from './calls/answer.js';
export type { Call } from './calls/call.js';
export { HeaderList } from './calls/header-list.js';
export { ObservingStream } from './policies/observing-stream.js';
export { Policy, type PolicyHooks, type PolicyPlace, type PolicyType } from './policies/policy.js';

// A controller of one's own; `@AdminApi()` is for those under `/admin/v1`.
export { AdminApi } from './admin/admin-api.js';
export { CurrentCaller, CurrentToken, ProtectedApi, Public, RequireScopes } from './guards/protected-api.js';
export { CONFIG, type Config } from './config.js';

// A kind of configuration object of one's own: managed at /admin/v1, in gatehouse.yaml, live on every replica.
export {
  type ConfigKind,
  type ConfigObject,
  type Configuration,
  type ConfigurationUser,
  Configured,
  PerConfiguration,
  UsesConfiguration,
} from './configuration/config-kind.js';

// An AI provider of one's own, and who is told of AI calls.
export type { AiError, ChatRequest } from './ai/dialects/chat.js';
export type { DialectName, ProviderDialectName } from './ai/dialects/dialect.js';
export type { EmbeddingsEndpoint, EmbeddingsRequest } from './ai/embeddings/embeddings.js';
export {
  AiProvider,
  type AiProviderType,
  type Blame,
  type ProviderRequest,
} from './ai/providers/ai-provider.js';
export { OpenAiShaped } from './ai/providers/openai-shaped.js';
export { type AiCallObserver, ObservesAiCalls } from './ai/records/ai-call-observer.js';
export type { AiCallRecord } from './ai/records/ai-call-record.js';

// An AI guardrail of one's own.
export {
  AiGuardrail,
  type AiGuardrailType,
  type AnswerGuardrail,
  type Finding,
  type FindingGuardrail,
  type Guardrail,
  type Judged,
  type JudgingGuardrail,
  type Verdict,
} from './ai/guardrails/ai-guardrail.js';
