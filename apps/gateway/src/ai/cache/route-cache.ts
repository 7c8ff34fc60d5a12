import { Logger } from '@nestjs/common';
import type { Call } from '../../calls/call.js';
import type { AnswerHandler } from '../../upstreams/upstream.js';
import { recordOf } from '../records/ai-call-record.js';
import type { AiCacheDefinition } from './ai-cache-definition.js';
import type { AnswerAbout } from './answer-store.js';
import type { CachedCall } from './cached-call.js';
import { Hit } from './hit.js';
import { namespaceOf } from './namespace.js';
import { isComplete } from './read-answer.js';
import { type Recorded, Recording } from './recording.js';
import { replayOf } from './replay.js';
import { requestKey, requestOf } from './request-key.js';
import type { Keeping, SealedAnswers } from './sealed-answers.service.js';
import type { SemanticCache, Similar } from './semantic/semantic-cache.js';
import { semanticQuestion } from './semantic/semantic-question.js';
import { decodeAnswer, encodeAnswer, formOf } from './stored-answer.js';

const logger = new Logger('AI');

/** What becomes of a call that may be answered out of the cache. */
export type Lookup =
  | { readonly hit: Hit; readonly recording?: undefined }
  | { readonly hit?: undefined; recording(caller: AnswerHandler): AnswerHandler };

interface RouteCacheOptions {
  readonly route: string;
  readonly definition: AiCacheDefinition | undefined;
  targetsOf(model: string): string;
  semanticOf(definition: AiCacheDefinition): SemanticCache | undefined;
}

/** Where an answer is kept, and under which rules. */
interface Place {
  readonly key: string;
  readonly definition: AiCacheDefinition;
  readonly about: AnswerAbout;
}

/** What the calls of one route find kept, and leave there. */
export class RouteCache {
  private readonly semantics = new WeakMap<AiCacheDefinition, SemanticCache | undefined>();

  constructor(
    private readonly answers: SealedAnswers,
    private readonly of: RouteCacheOptions,
  ) {}

  /** @param gone aborted when the caller has gone @returns undefined where the call has nothing to do with the cache */
  async look(cached: CachedCall, gone: AbortSignal): Promise<Lookup | undefined> {
    const place = this.placeOf(cached);
    if (!place) return undefined;
    const wish = place.definition.obey_callers ? wishOf(cached.call) : {};
    if (wish.noStore) return undefined;
    const { text, epoch } = await this.answers.get(place.key);
    const exact = wish.noCache ? undefined : this.hit(text, cached, 'hit');
    if (exact) return { hit: exact };
    const similar = wish.noCache || epoch === undefined ? undefined : await this.similar(place, cached, gone);
    const alike = this.hit(similar?.answer, cached, 'semantic');
    if (alike) return { hit: alike };
    cached.call.cache = cached.aiCall.cache = 'miss';
    return { recording: (caller) => this.recording(caller, place, cached, epoch, similar) };
  }

  private hit(text: string | undefined, cached: CachedCall, how: 'hit' | 'semantic'): Hit | undefined {
    const stored = text === undefined ? undefined : decodeAnswer(text);
    const replay = stored && replayOf(stored, cached.asked);
    if (!replay) return undefined;
    cached.call.cache = 'hit';
    cached.aiCall.cache = how;
    return new Hit(replay, stored, cached);
  }

  private async similar(place: Place, cached: CachedCall, gone: AbortSignal): Promise<Similar | undefined> {
    const semantic = this.semanticOf(place.definition);
    const question = semantic && semanticQuestion(cached.asked);
    if (!question) return undefined;
    const key = this.keyOf(question.exact, cached, [place.about.owner, 'semantic', semantic.embedder.id]);
    return semantic.look({ key, text: question.text }, cached, gone);
  }

  private semanticOf(definition: AiCacheDefinition): SemanticCache | undefined {
    if (!this.semantics.has(definition)) this.semantics.set(definition, this.of.semanticOf(definition));
    return this.semantics.get(definition);
  }

  private placeOf(cached: CachedCall): Place | undefined {
    const definition = this.of.definition ?? cached.model.cache;
    if (!definition?.enabled) return undefined;
    const owner = namespaceOf(definition.per, cached);
    const request = owner === undefined ? undefined : requestOf(cached.asked);
    if (owner === undefined || !request) return undefined;
    const about = { route: this.of.route, model: cached.model.name, owner };
    return { key: this.keyOf(request, cached, [owner]), definition, about };
  }

  private keyOf(
    request: Parameters<typeof requestKey>[0],
    cached: CachedCall,
    owner: readonly string[],
  ): string {
    const targets = this.of.targetsOf(cached.model.name);
    return requestKey(request, cached, JSON.stringify([this.of.route, ...owner]), targets);
  }

  private recording(
    caller: AnswerHandler,
    place: Place,
    cached: CachedCall,
    epoch: string | undefined,
    similar: Similar | undefined,
  ): AnswerHandler {
    const { max_entry: most, ttl } = place.definition;
    return new Recording(caller, most, (recorded) => {
      if (epoch === undefined) return;
      const keeping = { ttl, about: place.about, epoch };
      // Nobody waits for it, and nobody else could catch what goes wrong.
      this.keep(recorded, place, cached, keeping, similar).catch((error: unknown) => logger.error(error));
    });
  }

  private async keep(
    { contentType, body }: Recorded,
    { key }: Place,
    { call, aiCall, asked }: CachedCall,
    keeping: Keeping,
    similar: Similar | undefined,
  ): Promise<void> {
    const form = formOf(asked);
    if (aiCall.fault !== undefined || !isComplete(asked, { body, form, contentType })) return;
    const { usage, cost, finish } = recordOf(aiCall, call);
    const answer = { at: Date.now(), form, contentType, body, usage, cost, finish };
    await this.answers.put(key, encodeAnswer(answer), keeping);
    await similar?.remember(key, keeping);
  }
}

/** What the caller wants of a cache (RFC 9111 §5.2.1). */
function wishOf({ headers }: Call): { readonly noCache?: boolean; readonly noStore?: boolean } {
  const directives = (headers['cache-control'] ?? '')
    .toLowerCase()
    .split(',')
    .map((one) => one.trim());
  return { noCache: directives.includes('no-cache'), noStore: directives.includes('no-store') };
}
