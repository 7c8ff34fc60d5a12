/** `node bench/expiry.mjs [rows]`: whether many refresh tokens and grants stay fast, and how expired ones go. */
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { Stand } from './stand/stand.mjs';
import { startPostgres } from './stand/stores.mjs';

const ROOT = join(import.meta.dirname, '..');
const CHUNK = 250_000;
/** Of each kind, one after the other: their times are latencies, not a rate. */
const CALLS = 500;
/** One in ten rows has expired. */
const EXPIRED_SHARE = 10;

const rows = Number(process.argv[2] ?? 10_000_000);
const load = (path) => import(pathToFileURL(join(ROOT, 'dist', 'apps', 'auth-server', 'src', path)).href);

async function main() {
  const { ensureBuilt } = await import(pathToFileURL(join(ROOT, 'apps', 'launcher', 'build.mjs')).href);
  await ensureBuilt(ROOT, { onBuild: () => console.log('Building …') });
  const stand = new Stand();
  try {
    await measure(await startPostgres(stand, ROOT));
  } finally {
    await stand.stop();
  }
}

async function measure(url) {
  const { migrateAuthServer } = await load('database.js');
  await migrateAuthServer(url);
  const { createAuthServer } = await load('testing.js');
  const app = await createAuthServer(
    { DATABASE_URL: url, GATEHOUSE_SECRET: 'bench-'.repeat(8), GATEHOUSE_DEMO: 'true' },
    [],
  );
  await app.init();
  const services = await servicesOf(app);
  const database = new pg.Client(url);
  await database.connect();
  try {
    const [{ id: userId }] = (await database.query('SELECT id FROM auth.user_account LIMIT 1')).rows;
    report('empty', await latencies(services, userId));
    const started = performance.now();
    await fill(database, userId);
    console.log(`${rows} refresh tokens and grants made in ${seconds(started)} s`);
    report(`${rows} rows`, await latencies(services, userId));
    await expire(database, services, userId);
  } finally {
    await database.end();
    await app.close();
  }
}

async function servicesOf(app) {
  const find = (type) => app.get(type, { strict: false });
  const { GrantsService } = await load('grants/grants.service.js');
  const { RefreshTokens } = await load('grants/refresh-tokens.service.js');
  const { ClientsService } = await load('clients/clients.service.js');
  const { IntrospectionService } = await load('introspection/introspection.service.js');
  const { Expiry } = await load('expiry/expiry.service.js');
  return {
    grants: find(GrantsService),
    refreshTokens: find(RefreshTokens),
    client: await find(ClientsService).find('demo-app'),
    introspection: find(IntrospectionService),
    expiry: find(Expiry),
  };
}

/** Milliseconds of finding, introspecting and rotating refresh tokens of its own. */
async function latencies({ grants, refreshTokens, introspection, client }, userId) {
  const times = { find: [], introspect: [], rotate: [] };
  const about = {
    clientId: client.clientId,
    userId,
    scopes: ['openid'],
    resources: [],
    authTime: new Date(),
  };
  for (let call = 0; call < CALLS; call++) {
    const token = await refreshTokens.issue(await grants.create(about), client);
    await timed(times.find, () => refreshTokens.find(token));
    await timed(times.introspect, () => introspection.introspect(token, client));
    await timed(times.rotate, () => refreshTokens.rotate(token, client));
  }
  return times;
}

async function timed(times, work) {
  const started = performance.now();
  await work();
  times.push(performance.now() - started);
}

async function fill(database, userId) {
  for (let done = 0; done < rows; done += CHUNK) {
    await database.query(
      `WITH made AS (
         INSERT INTO auth.oauth_grant (id, client_id, user_id, scopes, resources, auth_time, created_at)
         SELECT gen_random_uuid(), 'demo-app', $1, '{openid,offline_access}', '{}', now(),
           now() - make_interval(secs => random() * 80 * 86400)
         FROM generate_series(1, $2) RETURNING id)
       INSERT INTO auth.refresh_token (hash, grant_id, issued_at, expires_at)
       SELECT encode(sha256(id::text::bytea), 'base64'), id, now(),
         now() + make_interval(secs => (random() * ${EXPIRED_SHARE} - 1) * 86400)
       FROM made`,
      [userId, Math.min(CHUNK, rows - done)],
    );
  }
  await database.query('ANALYZE auth.refresh_token');
  await database.query('ANALYZE auth.oauth_grant');
}

/** Calls while expired rows are removed. */
async function expire(database, services, userId) {
  const count = async () =>
    Number(
      (await database.query('SELECT count(*) FROM auth.refresh_token WHERE expires_at < now()')).rows[0]
        .count,
    );
  const before = await count();
  const started = performance.now();
  const meanwhile = latencies(services, userId);
  await services.expiry.run();
  const left = await count();
  console.log(
    `one run of the removal: ${before - left} of ${before} expired rows in ${seconds(started)} s, 1,000 a batch`,
  );
  report('meanwhile', await meanwhile);
}

function report(title, times) {
  for (const [name, all] of Object.entries(times)) {
    all.sort((a, b) => a - b);
    const at = (share) => all[Math.min(all.length - 1, Math.floor(all.length * share))].toFixed(1);
    console.log(`${title.padEnd(16)} ${name.padEnd(11)} p50 ${at(0.5)} ms  p99 ${at(0.99)} ms`);
  }
}

function seconds(since) {
  return ((performance.now() - since) / 1000).toFixed(1);
}

console.log(`${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`);
await main();
