import { existsSync } from 'node:fs';
import { type DatabaseSettings, holdProcessLock, migrate } from '@gatehouse/database';
import { StartError } from '@gatehouse/http';
import type { Config } from './config.js';
import { Initial1764000000000 } from './migrations/1764000000000-initial.js';
import { Configuration1764400000000 } from './migrations/1764400000000-configuration.js';
import { Usage1764500000000 } from './migrations/1764500000000-usage.js';
import { AiUsage1764600000000 } from './migrations/1764600000000-ai-usage.js';
import { AiUsageCache1764710000000 } from './migrations/1764710000000-ai-usage-cache.js';
import { AiReservations1764720000000 } from './migrations/1764720000000-ai-reservations.js';
import { AiGuardrailEvents1764730000000 } from './migrations/1764730000000-ai-guardrail-events.js';
import { AiUsagePrompt1764740000000 } from './migrations/1764740000000-ai-usage-prompt.js';
import { AiContents1764750000000 } from './migrations/1764750000000-ai-contents.js';
import { AiObjects1764770000000 } from './migrations/1764770000000-ai-objects.js';
import { McpAccounts1764800000000 } from './migrations/1764800000000-mcp-accounts.js';
import { AiUsageCredential1764900000000 } from './migrations/1764900000000-ai-usage-credential.js';
import { AiUsageServiceTier1764910000000 } from './migrations/1764910000000-ai-usage-service-tier.js';
import { AiBatchesCounted1764920000000 } from './migrations/1764920000000-ai-batches-counted.js';
import { UsageRow } from './usage/usage-row.entity.js';

/** The gateway's own schema, tables and migrations. */
export function databaseSettings(url: string): DatabaseSettings {
  return {
    url,
    schema: 'gateway',
    entities: [UsageRow],
    migrations: [
      Initial1764000000000,
      Configuration1764400000000,
      Usage1764500000000,
      AiUsage1764600000000,
      AiUsageCache1764710000000,
      AiReservations1764720000000,
      AiGuardrailEvents1764730000000,
      AiUsagePrompt1764740000000,
      AiContents1764750000000,
      AiObjects1764770000000,
      McpAccounts1764800000000,
      AiUsageCredential1764900000000,
      AiUsageServiceTier1764910000000,
      AiBatchesCounted1764920000000,
    ],
  };
}

/**
 * Makes the database ready for this process: its schema, and the lock without which a second gateway would count on a
 * store of its own.
 * @throws DatabaseUnavailableError, StartError
 */
export async function claimDatabase({ databaseUrl, redisUrl }: Config): Promise<void> {
  await migrateGateway(databaseUrl);
  if (redisUrl || (await holdProcessLock(databaseUrl, 'gateway'))) return;
  throw new StartError('REDIS_URL: not set, and another gateway runs on this database; several need Redis');
}

/** Whether the gateway has another place for what it needs at its start. */
export function canStartWithoutDatabase({ configFile, configCache }: Config): boolean {
  return configFile !== undefined || (configCache !== undefined && existsSync(configCache));
}

/** Brings the gateway's schema up to date; safe while other replicas do the same. */
export async function migrateGateway(url: string): Promise<void> {
  await migrate(databaseSettings(url));
}
