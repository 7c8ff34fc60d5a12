import { CONNECTIONS, load, loadInTurn } from '../stand/load.mjs';
import { spread } from '../report/statistics.mjs';

/**
 * What the gateway, and peers, add to the time of a call while each has half of what it could do. In milliseconds: what
 * the peers add is what this machine adds to anything.
 */
export async function measureHalfLoad(stage, { seconds, rounds, warmUpSeconds }) {
  const { gatehouse, api, peers, authorizations } = stage;
  const through = {
    gateway: { program: gatehouse.gatewayProgram, url: `${gatehouse.gateway}/limited/answer` },
    'bare undici proxy': { ...peers.bare, url: `${peers.bare.url}/answer` },
    'nginx + auth_request': { ...peers.authRequest, url: `${peers.authRequest.url}/answer` },
  };
  const found = { results: {}, added: [] };
  for (const [name, one] of Object.entries(through)) {
    const target = { ...one, authorizations };
    await load(target, warmUpSeconds);
    const full = await load(target, seconds);
    // Each connection waits this long on average, so that all of them together ask for half as much.
    const pauseMs = Math.max(1, Math.round((2 * CONNECTIONS * 1_000) / full.perSecond));
    const direct = { program: api.program, url: `${api.url}/answer`, authorizations };
    const targets = {
      [`${name} at half load`]: { ...target, pauseMs },
      [`the API itself at the load of ${name}`]: { ...direct, pauseMs },
    };
    const results = await loadInTurn(targets, { seconds, rounds, warmUpSeconds });
    Object.assign(found.results, results);
    found.added.push({ name, ...addedTo(full, ...Object.values(results)) });
  }
  return found;
}

function addedTo(full, through, direct) {
  const added = (percentile) => spread(through.map((round, i) => round[percentile] - direct[i][percentile]));
  return {
    share: spread(through.map(({ perSecond }) => perSecond / full.perSecond)),
    p50: added('p50'),
    p99: added('p99'),
  };
}
