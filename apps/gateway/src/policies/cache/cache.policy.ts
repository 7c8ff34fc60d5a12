import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';
import { type CacheSettings, cacheSettings } from './cache-definition.js';
import { CachedRoute } from './cached-route.js';
import { ResponseCache } from './response-cache.service.js';

/** `{"type": "cache"}`: answers GET and HEAD out of what the upstream has answered before (RFC 9111). */
@Injectable()
@Policy('cache')
export class CachePolicyType implements PolicyType<CacheSettings> {
  readonly settings = cacheSettings as z.ZodType<CacheSettings>;

  constructor(private readonly cache: ResponseCache) {}

  create(settings: CacheSettings): PolicyHooks {
    const route = new CachedRoute(settings, this.cache);
    return {
      onRequest: (call, request) => route.ask(call, request),
      onResponse: (call, head) => route.see(call, head),
      onResponseStream: (call, head) => route.keep(call, head),
      onError: (call, problem) => route.rescue(call, problem),
    };
  }
}
