import type { CachedCall } from '../cached-call.js';
import type { Keeping, SealedAnswers } from '../sealed-answers.service.js';
import type { Embedder } from './embedder.js';
import type { SemanticDefinition } from './semantic-definition.js';
import { type AnsweredQuestion, decodeQuestions, encodeQuestions, nearest } from './vectors.js';

/** Where the questions are kept that are alike but for the words of the last turn. */
export interface Neighbourhood {
  readonly key: string;
  readonly text: string;
}

/** What there is of another question that means the same. */
export interface Similar {
  /** As it is kept. */
  readonly answer: string | undefined;
  /** Has this question found from now on, by whoever asks it in other words. */
  remember(key: string, keeping: Keeping): Promise<void>;
}

/** Finds answers to questions that mean the same. */
export class SemanticCache {
  constructor(
    private readonly answers: SealedAnswers,
    readonly embedder: Embedder,
    private readonly definition: SemanticDefinition,
  ) {}

  /** @returns undefined where it cannot be told what the question means */
  async look(
    { key, text }: Neighbourhood,
    cached: CachedCall,
    gone: AbortSignal,
  ): Promise<Similar | undefined> {
    const { threshold, timeout } = this.definition;
    const late = AbortSignal.any([gone, AbortSignal.timeout(timeout * 1_000)]);
    const vector = await this.embedder.embed(text, cached, late);
    if (!vector) return undefined;
    const found = nearest(await this.questions(key), vector, threshold);
    return {
      answer: found && (await this.answers.get(found.key)).text,
      remember: (answerKey, keeping) => this.remember(key, { vector, key: answerKey }, keeping),
    };
  }

  /** Of two at the same moment one may be forgotten, which is asked once more then. */
  private async remember(
    key: string,
    question: Pick<AnsweredQuestion, 'vector' | 'key'>,
    keeping: Keeping,
  ): Promise<void> {
    const now = Date.now();
    const known = (await this.questions(key)).filter((one) => one.until > now && one.key !== question.key);
    const all = [...known, { ...question, until: now + keeping.ttl * 1_000 }];
    await this.answers.put(key, encodeQuestions(all.slice(-this.definition.max_entries)), keeping);
  }

  private async questions(key: string): Promise<AnsweredQuestion[]> {
    const { text } = await this.answers.get(key);
    return text === undefined ? [] : decodeQuestions(text);
  }
}
