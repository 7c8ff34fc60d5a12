import { Problem } from '@gatehouse/http';
import type { AnswerHandler } from '../../../upstreams/upstream.js';
import { type JsonObject, objectOf, objectsOf, parseObject } from '../../../wire/json.js';
import type { ExtraAccounts } from '../../budgets/extra-accounts.js';
import { AiExchange } from '../../calls/ai-exchange.js';
import { DIALECTS } from '../../dialects-by-name.js';
import type { AiModel } from '../../models/ai-models.service.js';
import type { ModelOperation } from '../../operations/operation.js';
import { AiCall } from '../../records/ai-call.js';
import { codeOf } from '../../errors/problem-answer.js';
import { Asked } from '../../requests/asked.js';
import type { CachedCall } from '../cached-call.js';
import type { Embedder } from './embedder.js';
import { type Vector, vectorOf } from './vectors.js';

/** Asks an AI model of the configuration: a call with a record and a price of its own. */
export class ModelEmbedder implements Embedder {
  readonly id: string;

  /** @param targets who answers for the model */
  constructor(
    private readonly model: AiModel,
    targets: string,
    private readonly accounts: ExtraAccounts,
  ) {
    this.id = `${model.name} ${targets}`;
  }

  async embed(text: string, { call }: CachedCall, gone: AbortSignal): Promise<Vector | undefined> {
    const { operation, body } = this.request(text);
    const aiCall = new AiCall(operation.name, operation.dialect);
    aiCall.model = this.model.name;
    this.accounts.begun(aiCall, call);
    const bytes = Buffer.from(JSON.stringify(body));
    const asked = new Asked(operation, DIALECTS[operation.dialect], bytes, new URLSearchParams());
    const spending = { call, aiCall, asked, model: this.model, isExtra: true };
    try {
      const countsMoney = await this.accounts.reserve(spending);
      const answer = new WholeBody();
      await new AiExchange({ ...spending, mayDrop: false, countsMoney }).run(answer, gone);
      return vectorIn(parseObject(answer.text));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      aiCall.fault ??= codeOf(error);
      return undefined;
    }
  }

  /** In the dialect that a provider of the model has for it. */
  private request(text: string): { readonly operation: ModelOperation; readonly body: JsonObject } {
    const { name, targets } = this.model;
    const speaksGemini = targets.some(({ provider }) => provider.type.dialects[0] === 'gemini');
    return speaksGemini
      ? {
          operation: { name: 'embeddings', dialect: 'gemini', model: name },
          body: { content: { parts: [{ text }] } },
        }
      : {
          operation: { name: 'embeddings', dialect: 'openai' },
          body: { model: name, input: text, encoding_format: 'float' },
        };
  }
}

function vectorIn(answer: JsonObject | undefined): Vector | undefined {
  const [first] = objectsOf(answer?.data);
  const numbers = first ? first.embedding : objectOf(answer?.embedding)?.values;
  return Array.isArray(numbers) ? vectorOf(numbers) : undefined;
}

/** Bytes of an answer; a vector of any model has room in it. */
const MAX_ANSWER = 1_024 * 1_024;

class WholeBody implements AnswerHandler {
  text = '';

  onStart(): void {}

  onHead(): boolean {
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.text.length < MAX_ANSWER) this.text += chunk.toString();
    return true;
  }

  onEnd(): void {}

  onError(): void {}
}
