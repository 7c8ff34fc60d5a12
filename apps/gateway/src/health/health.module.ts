import { HealthModule as Health, type ReadinessCheck } from '@gatehouse/observability';
import { Store } from '@gatehouse/store';
import { Module } from '@nestjs/common';
import { ConfigurationInForce } from '../configuration/configuration-in-force.service.js';
import { RevocationFeed } from '../tokens/revocation-feed.service.js';

/** Ready when it knows its configuration and what is revoked; PostgreSQL may go away after that. */
function checks(configuration: ConfigurationInForce, feed: RevocationFeed, store: Store): ReadinessCheck[] {
  let caughtUpOnce = false;
  return [
    {
      name: 'configuration',
      check: async () => demand(configuration.loaded, 'the configuration is not loaded yet'),
    },
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

@Module({
  imports: [Health.forRoot({ inject: [ConfigurationInForce, RevocationFeed, Store], create: checks })],
})
export class HealthModule {}
