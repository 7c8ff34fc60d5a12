import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../apps/launcher/src/ports.js';
import { startApp, type ProgramEnv, type RunningApp } from './app.js';
import { createDatabase } from './database.js';
import { freshRedis } from './redis.js';

/** Both apps and the demo API, on a database of their own. */
export interface RunningGatehouse {
  /** The issuer: the auth-server's address. */
  readonly issuer: string;
  /** The gateway's address. */
  readonly gateway: string;
  readonly demoApi: string;
  readonly databaseUrl: string;
  /** Undefined: the apps run on the in-process store. */
  readonly redisUrl: string | undefined;
  readonly apps: { 'auth-server': RunningApp; gateway: RunningApp; 'demo-api': RunningApp };
  /** The content of demo.json. */
  demo(): unknown;
  /** Stops one app in order and starts it again; resolves when it is ready. */
  restart(app: 'auth-server' | 'gateway' | 'demo-api'): Promise<void>;
  /** Stops everything and drops the database. */
  stop(): Promise<void>;
}

/** Starts auth-server, gateway and demo API with GATEHOUSE_DEMO=true; `env` overrides any setting. */
export async function startGatehouse(env: ProgramEnv = {}): Promise<RunningGatehouse> {
  const [authPort, gatewayPort, apiPort] = await distinctPorts(3);
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  const demoFile = join(folder, 'demo.json');
  const database = await createDatabase();
  const redis = await freshRedis();
  const settings: ProgramEnv = {
    DATABASE_URL: database.url,
    REDIS_URL: redis,
    GATEHOUSE_DEMO: 'true',
    GATEHOUSE_DEMO_FILE: demoFile,
    GATEHOUSE_ISSUER: `http://localhost:${authPort}`,
    GATEHOUSE_GATEWAY_URL: `http://localhost:${gatewayPort}`,
    GATEHOUSE_DEMO_API_URL: `http://localhost:${apiPort}`,
    GATEHOUSE_AUTH_PORT: String(authPort),
    GATEHOUSE_GATEWAY_PORT: String(gatewayPort),
    GATEHOUSE_DEMO_API_PORT: String(apiPort),
    GATEHOUSE_AUTH_STORE_FILE: join(folder, 'auth-store.json'),
    GATEHOUSE_GATEWAY_STORE_FILE: join(folder, 'gateway-store.json'),
    ...env,
  };
  const started = await Promise.allSettled([
    startApp('auth-server', settings),
    startApp('gateway', settings),
    startApp('demo-api', settings),
  ] as const);
  const [auth, gateway, demoApi] = started;
  const stopAll = async () => {
    await Promise.all(started.map((app) => (app.status === 'fulfilled' ? app.value.stop() : undefined)));
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  if (auth.status === 'rejected' || gateway.status === 'rejected' || demoApi.status === 'rejected') {
    await stopAll();
    throw started.find((app) => app.status === 'rejected')?.reason;
  }
  const apps = { 'auth-server': auth.value, gateway: gateway.value, 'demo-api': demoApi.value };
  return {
    issuer: String(settings.GATEHOUSE_ISSUER),
    gateway: String(settings.GATEHOUSE_GATEWAY_URL),
    demoApi: demoApi.value.url,
    databaseUrl: database.url,
    redisUrl: redis,
    apps,
    demo: () => JSON.parse(readFileSync(demoFile, 'utf8')) as unknown,
    restart: (app) => apps[app].restart(),
    stop: stopAll,
  };
}

async function distinctPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
