import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { MEASURED_CORE, OTHER_CORE } from './cores.mjs';
import { basic } from './gatehouse.mjs';
import { freePort } from './stand.mjs';

/** The least a proxy in Node costs. */
export async function startBareProxy(stand, upstream) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = startPeer(stand, 'bare-undici', [String(port), upstream]);
  await stand.ready(program, `${url}/`);
  return { program, url };
}

/** Any other proxy of `bench/peers`. */
export async function startProxy(stand, name, upstream, health = '/') {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = startPeer(stand, name, [String(port), upstream]);
  await stand.ready(program, url + health);
  return { program, url };
}

/** The token checker that nginx asks. On the measured core: it is part of what is measured. */
export async function startTokenChecker(stand, { issuer, audience, scope }) {
  const port = await freePort();
  return {
    program: startPeer(stand, 'token-checker', [String(port), issuer, audience, scope]),
    url: `http://127.0.0.1:${port}`,
  };
}

/** The API of server-sent events, on the other core. */
export async function startEventUpstream(stand) {
  const port = await freePort();
  const entry = fileURLToPath(new URL('../peers/event-upstream.mjs', import.meta.url));
  const program = stand.start('event-upstream', [process.execPath, entry, String(port)], {
    core: OTHER_CORE,
  });
  await stand.ready(program, `http://127.0.0.1:${port}/`);
  return { url: `http://127.0.0.1:${port}` };
}

/** Another authorization server, at its fastest: nothing is stored. */
export async function startOidcProvider(stand) {
  const port = await freePort();
  const secret = randomBytes(32).toString('base64url');
  const url = `http://127.0.0.1:${port}`;
  const program = startPeer(stand, 'oidc-provider', [String(port), secret]);
  await stand.ready(program, `${url}/.well-known/openid-configuration`);
  return { program, tokenEndpoint: `${url}/token`, authorization: basic('bench', secret) };
}

/**
 * oidc-provider with all flows of a sign-in, for a client `bench`.
 * @param {string} [redisUrl] where it keeps its state; without, in memory
 */
export async function startOidcProviderFlows(stand, redirectUri, redisUrl) {
  const port = await freePort();
  const secret = randomBytes(32).toString('base64url');
  const origin = `http://127.0.0.1:${port}`;
  const args = [String(port), secret, redirectUri, ...(redisUrl ? [redisUrl] : [])];
  const program = startPeer(stand, 'oidc-provider-flows', args);
  await stand.ready(program, `${origin}/.well-known/openid-configuration`);
  return {
    program,
    origin,
    paths: { authorize: '/auth', token: '/token', introspection: '/token/introspection', userinfo: '/me' },
    authorization: basic('bench', secret),
    clientId: 'bench',
    redirectUri,
    scope: 'openid offline_access',
  };
}

function startPeer(stand, name, args) {
  const entry = fileURLToPath(new URL(`../peers/${name}.mjs`, import.meta.url));
  return stand.start(name, [process.execPath, entry, ...args], { core: MEASURED_CORE });
}
