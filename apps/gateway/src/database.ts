import { type DatabaseSettings, migrate } from '@gatehouse/database';
import { Initial1764000000000 } from './migrations/1764000000000-initial.js';
import { Configuration1764400000000 } from './migrations/1764400000000-configuration.js';
import { Usage1764500000000 } from './migrations/1764500000000-usage.js';

/** The gateway's own schema, tables and migrations. */
export function databaseSettings(url: string): DatabaseSettings {
  return {
    url,
    schema: 'gateway',
    entities: [],
    migrations: [Initial1764000000000, Configuration1764400000000, Usage1764500000000],
  };
}

/** Brings the gateway's schema up to date; safe while other replicas do the same. */
export async function migrateGateway(url: string): Promise<void> {
  await migrate(databaseSettings(url));
}
