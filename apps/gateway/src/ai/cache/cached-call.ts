import type { Call } from '../../calls/call.js';
import type { AiModel } from '../models/ai-models.service.js';
import type { AiCall } from '../records/ai-call.js';
import type { Asked } from '../requests/asked.js';

/** A call of a model that the cache may answer. */
export interface CachedCall {
  readonly call: Call;
  readonly aiCall: AiCall;
  readonly asked: Asked;
  readonly model: AiModel;
}
