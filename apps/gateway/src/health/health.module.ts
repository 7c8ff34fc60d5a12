import { HealthModule as Health, type ReadinessCheck } from '@gatehouse/observability';
import { Store } from '@gatehouse/store';
import { Module } from '@nestjs/common';
import { RoutesInForce } from '../routes/routes-in-force.service.js';
import { RevocationFeed } from '../tokens/revocation-feed.service.js';

/** Ready when it knows its routes and what is revoked; PostgreSQL may go away after that. */
function checks(routes: RoutesInForce, feed: RevocationFeed, store: Store): ReadinessCheck[] {
  let caughtUpOnce = false;
  return [
    { name: 'routes', check: async () => demand(routes.loaded, 'the routes are not loaded yet') },
    {
      name: 'revocations',
      // A feed lost later is made up for by introspection.
      check: async () => demand((caughtUpOnce ||= feed.fresh), 'the revocation feed is not read yet'),
    },
    { name: 'store', check: () => store.ping() },
  ];
}

function demand(condition: boolean, reason: string): void {
  if (!condition) throw new Error(reason);
}

@Module({ imports: [Health.forRoot({ inject: [RoutesInForce, RevocationFeed, Store], create: checks })] })
export class HealthModule {}
