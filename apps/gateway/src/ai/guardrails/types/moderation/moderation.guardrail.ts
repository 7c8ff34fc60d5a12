import { Problem } from '@gatehouse/http';
import type { FieldFault } from '@gatehouse/http';
import { Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import type { Configuration } from '../../../../configuration/config-kind.js';
import { seconds } from '../../../../upstreams/transport-definition.js';
import { objectOf, objectsOf, parseObject, type JsonObject } from '../../../../wire/json.js';
import { AiExchange } from '../../../calls/ai-exchange.js';
import { DIALECTS } from '../../../dialects-by-name.js';
import { codeOf } from '../../../errors/problem-answer.js';
import { modelName } from '../../../models/ai-model-definition.js';
import { AiModelKind } from '../../../models/ai-model.kind.js';
import { type AiModel, AiModels } from '../../../models/ai-models.service.js';
import { AiCall } from '../../../records/ai-call.js';
import { Asked } from '../../../requests/asked.js';
import {
  AiGuardrail,
  type AiGuardrailType,
  type GuardrailAction,
  type Judged,
  type JudgingGuardrail,
} from '../../ai-guardrail.js';
import { CollectedAnswer } from '../collected-answer.js';
import { inputsOf } from './inputs.js';

const settings = z.strictObject({
  model: modelName.describe('An AI model of the configuration whose provider has /moderations'),
  categories: z
    .array(z.string().min(1).max(100))
    .min(1)
    .max(50)
    .optional()
    .describe('Those that are minded; left out: whatever the model flags'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Of the score of a category, from which on it is minded; left out: as the model has it'),
  timeout: seconds(0.05, 60).default(10).describe('For the whole answer'),
  on_failure: z
    .enum(['block', 'allow'])
    .default('block')
    .describe('What becomes of a call of which the model says nothing'),
});

type Moderation = z.output<typeof settings>;

const OPERATION = { name: 'moderations', dialect: 'openai' } as const;
const MAX_ANSWER = 1_024 * 1_024;

const logger = new Logger('AI');

/** `{"type": "moderation", "settings": {"model": …}}`: a model for moderation judges; each question has a record of its own. */
@Injectable()
@AiGuardrail('moderation')
export class ModerationGuardrail implements AiGuardrailType<Moderation> {
  readonly settings: z.ZodType<Moderation> = settings;
  readonly actions: readonly GuardrailAction[] = ['block', 'flag'];

  constructor(
    private readonly kind: AiModelKind,
    private readonly models: AiModels,
  ) {}

  faults({ model }: Moderation, configuration: Configuration): FieldFault[] {
    if (configuration.of(this.kind).has(model)) return [];
    return [{ pointer: '/model', detail: 'names no AI model: create it first' }];
  }

  make(made: Moderation, configuration: Configuration): JudgingGuardrail {
    const model = this.models.of(configuration).get(made.model)!;
    return {
      judge: async (texts, judged) => {
        for (const input of inputsOf(texts)) {
          const results = await ask(input, model, made, judged);
          if (!results && made.on_failure === 'block') return { passes: false };
          if (results?.some((result) => minds(result, made))) return { passes: false };
        }
        return { passes: true };
      },
    };
  }
}

/** @returns undefined where the model says nothing */
async function ask(
  input: readonly string[],
  model: AiModel,
  { timeout }: Moderation,
  { call, accounts }: Judged,
): Promise<readonly JsonObject[] | undefined> {
  const aiCall = Object.assign(new AiCall(OPERATION.name, OPERATION.dialect), { model: model.name });
  accounts.begun(aiCall, call);
  const bytes = Buffer.from(JSON.stringify({ model: model.name, input }));
  aiCall.bytesIn = bytes.length;
  const asked = new Asked(OPERATION, DIALECTS.openai, bytes, new URLSearchParams());
  const spending = { call, aiCall, asked, model, isExtra: true };
  await accounts.reserve(spending).catch((error: unknown) => {
    if (error instanceof Problem) aiCall.fault = codeOf(error);
    throw error;
  });
  const answer = new CollectedAnswer(timeout, MAX_ANSWER);
  const { tries, upstream, target } = call;
  try {
    // Most providers take nothing for it, and no table of prices says so.
    const exchange = new AiExchange({ ...spending, mayDrop: false, countsMoney: false });
    await exchange.run(answer, AbortSignal.timeout(timeout * 1_000));
    const results = objectsOf(parseObject(String((await answer.whole).body))?.results);
    return results.length === input.length ? results : undefined;
  } catch (error) {
    answer.onError(error as Error);
    if (error instanceof Problem) aiCall.fault ??= codeOf(error);
    logger.warn(`The moderation by ${model.name} failed: ${(error as Error).message}`);
    return undefined;
  } finally {
    // What is known of the call is what is known of the answer.
    Object.assign(call, { tries, upstream, target });
  }
}

function minds(result: JsonObject, { categories, threshold }: Moderation): boolean {
  const flags = objectOf(result.categories) ?? {};
  const scores = objectOf(result.category_scores) ?? {};
  const minded = categories ?? Object.keys(threshold === undefined ? flags : scores);
  if (threshold !== undefined) return minded.some((name) => Number(scores[name] ?? 0) >= threshold);
  if (!categories) return result.flagged === true;
  return minded.some((name) => flags[name] === true);
}
