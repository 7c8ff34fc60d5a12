import { createGateway } from '../../apps/gateway/src/testing.js';
import { ConfigObjects } from '../../apps/gateway/src/configuration/config-objects.service.js';
import { freePort } from '../../apps/launcher/src/ports.js';
import type { Environment } from '@gatehouse/config';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { TEST_SECRET } from '../support/app.js';
import { createDatabase } from '../support/database.js';
import { freshRedis } from '../support/redis.js';

/**
 * A gateway in this process, on a database of its own and without an auth-server: for what needs no tokens. Quick to start;
 * `app.get(…)` finds its parts.
 */
export interface LoneGateway {
  readonly url: string;
  readonly port: number;
  readonly app: NestFastifyApplication;
  /** Creates an object of a kind, e.g. `upstreams`; resolves with its id when it is live. */
  add(kind: string, definition: Record<string, unknown>): Promise<string>;
  /** Creates a route; resolves with its id when it is live. Without guards it is open. */
  addRoute(definition: Record<string, unknown>): Promise<string>;
  readonly databaseUrl: string;
  /** Ends its connections to PostgreSQL and lets it make no new ones. */
  cutOffDatabase(): Promise<void>;
  restoreDatabase(): Promise<void>;
  /** Stops the gateway, but leaves its database. */
  close(): Promise<void>;
  stop(): Promise<void>;
}

/** Another process's worth of the same gateway, on the same stores. @returns where it listens itself */
export async function startReplica(
  { url, databaseUrl }: LoneGateway,
  environment: Environment & { readonly REDIS_URL: string },
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const own = { DATABASE_URL: databaseUrl, GATEHOUSE_GATEWAY_URL: url, ...environment };
  const app = await listening(port, own, []);
  return { url: `http://127.0.0.1:${port}`, stop: () => app.close() };
}

async function listening(
  port: number,
  environment: Environment,
  modules: Type[],
): Promise<NestFastifyApplication> {
  const app = await createGateway(
    {
      GATEHOUSE_SECRET: TEST_SECRET,
      GATEHOUSE_ISSUER: 'http://127.0.0.1:1',
      GATEHOUSE_GATEWAY_PORT: String(port),
      ...environment,
    },
    modules,
  );
  await app.listen({ port, host: '127.0.0.1' });
  return app;
}

/** @param environment settings beside those that every gateway needs */
export async function startLoneGateway(
  environment: Environment = {},
  modules: Type[] = [],
): Promise<LoneGateway> {
  const port = await freePort();
  const database = await createDatabase();
  const url = `http://127.0.0.1:${port}`;
  const redis = await freshRedis();
  const own = {
    DATABASE_URL: database.url,
    ...(redis === undefined ? {} : { REDIS_URL: redis }),
    GATEHOUSE_GATEWAY_URL: url,
    ...environment,
  };
  const app = await listening(port, own, modules);
  const objects = app.get(ConfigObjects, { strict: false });
  const add = async (kind: string, definition: Record<string, unknown>) =>
    (await objects.create(kind, definition)).body.id;
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= app.close());
  return {
    url,
    port,
    app,
    add,
    addRoute: (definition) => add('routes', { guards: [], ...definition }),
    databaseUrl: database.url,
    cutOffDatabase: () => database.cutOff(),
    restoreDatabase: () => database.restore(),
    close,
    stop: async () => {
      await close();
      await database.drop();
    },
  };
}
