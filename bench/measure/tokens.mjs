import { requestToken, TOKEN_FORM, writeAuthorizations } from '../stand/gatehouse.mjs';
import { loadInTurn } from '../stand/load.mjs';
import { startOidcProvider } from '../stand/peers.mjs';
import { memoryOf } from '../stand/stand.mjs';

/**
 * Tokens a second by client_credentials, from the auth-server on PostgreSQL and Redis and from oidc-provider in memory.
 * @returns {Promise<{ target: object, results: object }>} the auth-server's target, for profiling, and the rounds
 */
export async function measureTokens(stand, gatehouse, { clientAuthorization, ...rounds }) {
  const peer = await startOidcProvider(stand);
  const target = (name, program, url, authorization) => ({
    program,
    url,
    authorizations: writeAuthorizations(stand, name, [authorization]),
    post: { body: TOKEN_FORM, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  });
  const targets = {
    'auth-server': target(
      'auth-server',
      gatehouse.authServerProgram,
      `${gatehouse.issuer}/oauth2/token`,
      clientAuthorization,
    ),
    'oidc-provider 9': target('oidc-provider', peer.program, peer.tokenEndpoint, peer.authorization),
  };
  const check = () =>
    Promise.all([
      requestToken(targets['auth-server'].url, clientAuthorization, TOKEN_FORM),
      requestToken(peer.tokenEndpoint, peer.authorization, TOKEN_FORM),
    ]);
  await check();
  const results = await loadInTurn(targets, rounds);
  await check();
  const peerMemory = memoryOf(peer.program);
  await stand.end(peer.program);
  return { target: targets['auth-server'], results, peerMemory };
}
