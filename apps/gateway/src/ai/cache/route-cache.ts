import type { Call } from '../../calls/call.js';
import type { TeamsOf } from '../../consumers/teams/teams.service.js';
import type { AnswerHandler } from '../../upstreams/upstream.js';
import type { AiCall } from '../records/ai-call.js';
import { recordOf } from '../records/ai-call-record.js';
import type { AiCacheDefinition } from './ai-cache-definition.js';
import type { AiCaches } from './ai-caches.service.js';
import type { AnswerAbout } from './answer-store.js';
import { Hit } from './hit.js';
import { namespaceOf } from './namespace.js';
import { isComplete } from './read-answer.js';
import { Recording, type Recorded } from './recording.js';
import { replayOf } from './replay.js';
import { type Question, requestKey, requestOf } from './request-key.js';
import { formOf } from './stored-answer.js';

export interface CachedCall extends Question {
  readonly aiCall: AiCall;
}

/** What becomes of a call that may be answered out of the cache. */
export type Lookup =
  | { readonly hit: Hit; readonly recording?: undefined }
  | { readonly hit?: undefined; recording(caller: AnswerHandler): AnswerHandler };

interface RouteCacheOptions {
  readonly route: string;
  readonly definition: AiCacheDefinition | undefined;
  readonly teamsOf: TeamsOf;
  targetsOf(model: string): string;
}

/** Where an answer is kept, and under which rules. */
interface Place {
  readonly key: string;
  readonly definition: AiCacheDefinition;
  readonly about: AnswerAbout;
}

/** What the calls of one route find kept, and leave there. */
export class RouteCache {
  constructor(
    private readonly caches: AiCaches,
    private readonly of: RouteCacheOptions,
  ) {}

  /** @returns undefined where the call has nothing to do with the cache */
  async look(cached: CachedCall): Promise<Lookup | undefined> {
    const place = this.placeOf(cached);
    if (!place) return undefined;
    const { call, aiCall, asked } = cached;
    const wish = place.definition.obey_callers ? wishOf(call) : {};
    if (wish.noStore) return undefined;
    const { answer, epoch } = await this.caches.get(place.key);
    const replay = answer && !wish.noCache ? replayOf(answer, asked) : undefined;
    call.cache = aiCall.cache = replay ? 'hit' : 'miss';
    if (replay) return { hit: new Hit(replay, answer!, cached) };
    return {
      recording: (caller) =>
        new Recording(caller, place.definition.max_entry, (recorded) => {
          if (epoch !== undefined) this.keep(recorded, place, cached, epoch);
        }),
    };
  }

  private placeOf(cached: CachedCall): Place | undefined {
    const definition = this.of.definition ?? cached.model.cache;
    if (!definition?.enabled) return undefined;
    const owner = namespaceOf(definition.per, cached.call, this.of.teamsOf);
    const request = owner === undefined ? undefined : requestOf(cached);
    if (owner === undefined || !request) return undefined;
    const { route } = this.of;
    const model = cached.model.name;
    const key = requestKey(request, cached, JSON.stringify([route, owner]), this.of.targetsOf(model));
    return { key, definition, about: { route, model, owner } };
  }

  private keep(
    { contentType, body }: Recorded,
    { key, definition, about }: Place,
    of: CachedCall,
    epoch: string,
  ): void {
    const { call, aiCall, asked } = of;
    const form = formOf(asked);
    if (aiCall.fault !== undefined || !isComplete(asked, { body, form, contentType })) return;
    const { usage, cost, finish } = recordOf(aiCall, call);
    const answer = { at: Date.now(), form, contentType, body, usage, cost, finish };
    void this.caches.put(key, answer, definition.ttl, about, epoch);
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
