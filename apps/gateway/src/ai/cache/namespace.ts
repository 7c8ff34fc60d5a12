import { named, namedClient, namedUser } from '../../throttling/limit-subject.js';
import type { AiCacheDefinition } from './ai-cache-definition.js';
import type { CachedCall } from './cached-call.js';

/** Those who get each other's answers. @returns undefined where it is not known who calls */
export function namespaceOf(per: AiCacheDefinition['per'], { call, aiCall }: CachedCall): string | undefined {
  switch (per) {
    case 'route':
      return 'all';
    case 'user':
      return namedUser(call);
    case 'client':
      return namedClient(call);
    case 'consumer':
      return named('consumer', call.caller.consumer);
    case 'team': {
      // Somebody in two teams must not bring answers of one to the other.
      const teams = [...aiCall.teams].sort();
      return teams.length === 0 ? undefined : `teams:${teams.join(',')}`;
    }
  }
}
