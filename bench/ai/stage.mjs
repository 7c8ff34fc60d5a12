import { fileURLToPath } from 'node:url';
import { makeCallers } from '../stand/callers.mjs';
import { OTHER_CORE } from '../stand/cores.mjs';
import { Gatehouse } from '../stand/gatehouse.mjs';
import { startBareProxy } from '../stand/peers.mjs';
import { freePort } from '../stand/stand.mjs';
import { startPostgres, startRedis } from '../stand/stores.mjs';
import { startPortkey } from './portkey.mjs';

/** What callers name; each goes to the provider of its dialect. */
export const MODELS = { openai: 'bench', anthropic: 'bench-converted' };

/** Two gateways, one that does everything and one that does nothing but forward; Portkey's; a bare proxy; and the provider behind all. */
export async function setStage(stand, root) {
  const stores = { databaseUrl: await startPostgres(stand, root), redisUrl: await startRedis(stand) };
  const provider = await startProvider(stand);
  const gatehouse = await Gatehouse.prepare(stand, root, stores, {
    GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true',
  });
  await gatehouse.start();
  await configure(gatehouse, provider);
  const callers = await makeCallers(stand, gatehouse);
  return {
    gatehouse,
    full: { program: gatehouse.gatewayProgram, url: `${gatehouse.gateway}/full` },
    open: await openOne(gatehouse),
    portkey: await startPortkey(stand, root),
    bare: await startBareProxy(stand, provider.url),
    provider,
    authorizations: callers.authorizations,
    renewTokens: callers.renew,
  };
}

async function startProvider(stand) {
  const port = await freePort();
  const entry = fileURLToPath(new URL('../peers/ai-provider.mjs', import.meta.url));
  const program = stand.start('ai-provider', [process.execPath, entry, String(port)], { core: OTHER_CORE });
  const url = `http://127.0.0.1:${port}`;
  await stand.ready(program, url);
  return { program, url };
}

async function configure(gatehouse, provider) {
  const bases = { openai: `${provider.url}/v1`, anthropic: provider.url };
  for (const [type, base_url] of Object.entries(bases)) {
    const keys = [{ name: 'main', key: 'bench-provider-key' }];
    await gatehouse.create('ai-providers', { name: type, type, base_url, keys });
    const target = { provider: type, model: 'any', price: { input: 1, output: 4 } };
    await gatehouse.create('ai-models', { name: MODELS[type], targets: [target] });
  }
  const budget = { name: 'bench', of: 'client', unit: 'usd', limit: 1_000_000, per: 'month' };
  await gatehouse.create('ai-budgets', { ...budget, everywhere: false });
  const guards = [{ type: 'access_token', audience: `${gatehouse.gateway}/demo`, scopes: ['demo:read'] }];
  const full = { ai: { budgets: ['bench'] }, guards };
  await gatehouse.createRoute({ name: 'bench-full', match: { paths: ['/full'] }, ...full });
  await gatehouse.createRoute({ name: 'bench-open', match: { paths: ['/open'] }, ai: {}, guards: [] });
}

/** One more gateway, which keeps no records. */
async function openOne(gatehouse) {
  const { program, url } = await gatehouse.startAnother('open', { GATEHOUSE_USAGE: 'false' });
  return { program, url: `${url}/open` };
}
