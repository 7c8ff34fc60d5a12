import { fetch } from 'undici';
import { MEASURED_CORE } from '../stand/cores.mjs';
import { writeAuthorizations } from '../stand/gatehouse.mjs';
import { loadInTurn } from '../stand/load.mjs';
import { ANSWER, startNginxProxy } from '../stand/nginx.mjs';
import { startBareProxy } from '../stand/peers.mjs';
import { StandError } from '../stand/stand.mjs';

/** Callers that use their tokens again and again, as callers do: each client is counted by itself. */
const CLIENTS = 16;
const TOKENS_OF_EACH = 4;

/**
 * Calls a second through the gateway and through two proxies that check nothing, on the same upstream.
 * @returns {Promise<{ target: object, results: object }>} the gateway's target, for profiling, and the rounds of each
 */
export async function measureCalls(stand, gatehouse, { upstream, ...rounds }) {
  const tokens = await tokensOfClients(gatehouse);
  const authorizations = writeAuthorizations(stand, 'calls', tokens);
  const route = await gatehouse.addRoute(upstream.url);
  const bare = await startBareProxy(stand, upstream.url);
  const nginx = await startNginxProxy(stand, MEASURED_CORE, upstream.url);
  const targets = {
    gateway: { program: gatehouse.gatewayProgram, url: route, authorizations },
    'bare undici proxy': { program: bare.program, url: `${bare.url}/answer`, authorizations },
    'nginx as proxy': { program: nginx.program, url: `${nginx.url}/answer`, authorizations },
  };
  for (const { url } of Object.values(targets)) await checkAnswer(url, tokens[0]);
  await checkRefusal(route);
  const results = await loadInTurn(targets, rounds);
  for (const { url } of Object.values(targets)) await checkAnswer(url, tokens[0]);
  await stand.end(bare.program);
  await stand.end(nginx.program);
  return { target: targets.gateway, results };
}

async function tokensOfClients(gatehouse) {
  const tokens = [];
  for (let client = 0; client < CLIENTS; client += 1) {
    tokens.push(await gatehouse.tokens(await gatehouse.registerClient(), TOKENS_OF_EACH));
  }
  // One client's call after another's, not all of one first.
  return Array.from({ length: TOKENS_OF_EACH }, (_, index) => tokens.map((own) => own[index])).flat();
}

async function checkAnswer(url, authorization) {
  const response = await fetch(url, { headers: { authorization } });
  const text = await response.text();
  if (response.status !== 200 || text !== ANSWER) {
    throw new StandError(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
  }
}

/** A gateway that checks nothing would be fast. */
async function checkRefusal(url) {
  const { status } = await fetch(url);
  if (status !== 401) throw new StandError(`${url} answered ${status} to a call without a token`);
}
