import { CONNECTIONS, load, loadInTurn } from '../stand/load.mjs';
import { spread } from '../report/statistics.mjs';

/** What the gateway adds to the time of a call while it has half of what it could do. In milliseconds. */
export async function measureHalfLoad(stage, { seconds, rounds, warmUpSeconds }) {
  const { gatehouse, api, authorizations } = stage;
  const through = {
    program: gatehouse.gatewayProgram,
    url: `${gatehouse.gateway}/limited/answer`,
    authorizations,
  };
  await load(through, warmUpSeconds);
  const full = await load(through, seconds);
  // Each connection waits this long on average, so that all of them together ask for half as much.
  const pauseMs = Math.max(1, Math.round((2 * CONNECTIONS * 1_000) / full.perSecond));
  const targets = {
    'gateway at half load': { ...through, pauseMs },
    'the API itself at that load': {
      program: api.program,
      url: `${api.url}/answer`,
      authorizations,
      pauseMs,
    },
  };
  const results = await loadInTurn(targets, { seconds, rounds, warmUpSeconds });
  const [gateway, direct] = Object.values(results);
  const added = (percentile) => spread(gateway.map((round, i) => round[percentile] - direct[i][percentile]));
  return {
    results,
    share: spread(gateway.map(({ perSecond }) => perSecond / full.perSecond)),
    p50: added('p50'),
    p99: added('p99'),
  };
}
