import { setTimeout as sleep } from 'node:timers/promises';
import { refreshTokenGrant, tokenIntrospection, tokenRevocation } from 'openid-client';
import { bearerChallenge } from '../bearer-challenge.js';
import type { Flow } from '../flow.js';
import { refusalOf } from '../oauth-client.js';
import { callHello } from './5-call-api.js';

/** Within this time after a revocation the gateway must refuse the token. */
const REVOKED_WITHIN_MS = 1000;

/** The app refreshes, calls again, revokes, and the gateway refuses what was revoked. */
export async function refreshAndRevoke(flow: Flow): Promise<void> {
  const configuration = flow.left('configuration');
  const before = flow.left('tokens');
  const answer = await refreshTokenGrant(configuration, before.refreshToken);
  const refreshToken = answer.refresh_token ?? '';
  flow.check('a refresh gives a new access token', answer.access_token !== before.accessToken);
  flow.check(
    'and another refresh token: it rotates',
    refreshToken !== '' && refreshToken !== before.refreshToken,
  );
  flow.tokens = { ...before, accessToken: answer.access_token, refreshToken };
  const call = await callHello(flow, answer.access_token);
  flow.check('the new access token is accepted', call.status === 200, `${call.status} ${call.text}`);

  const active = await tokenIntrospection(configuration, answer.access_token);
  flow.check('introspection calls it active', active.active, active);
  await tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' });
  const milliseconds = await untilRefused(flow, answer.access_token);
  flow.check(
    `${milliseconds} ms after revocation the gateway refuses the access token (limit ${REVOKED_WITHIN_MS} ms)`,
    milliseconds <= REVOKED_WITHIN_MS,
    milliseconds,
  );
  const gone = await tokenIntrospection(configuration, answer.access_token);
  flow.check(
    'introspection calls it inactive and says no more (RFC 7662 §2.2)',
    Object.keys(gone).length === 1 && !gone.active,
    gone,
  );

  const current = await refusalOf(refreshTokenGrant(configuration, refreshToken));
  flow.check('the revoked refresh token is refused: invalid_grant', current === 'invalid_grant', current);
  const old = await refusalOf(refreshTokenGrant(configuration, before.refreshToken));
  flow.check('the rotated-away refresh token is refused: invalid_grant', old === 'invalid_grant', old);
}

async function untilRefused(flow: Flow, token: string): Promise<number> {
  const start = performance.now();
  for (;;) {
    const answer = await callHello(flow, token);
    const elapsed = Math.round(performance.now() - start);
    const error = bearerChallenge(answer.headers['www-authenticate'])?.error;
    if (answer.status === 401 && error === 'invalid_token') return elapsed;
    if (elapsed > 3 * REVOKED_WITHIN_MS) return elapsed;
    await sleep(20);
  }
}
