import { refreshTokenGrant } from 'openid-client';
import type { Flow } from '../flow.js';
import { discoverAs, signInSilently } from '../oauth-client.js';
import { callHello } from './5-call-api.js';

/** Either server restarts in the middle; nothing that the flow needs is lost. */
export async function restartServers(flow: Flow): Promise<void> {
  const revoked = flow.left('tokens').accessToken;
  if (!flow.restart) {
    flow.saw(
      'nobody here can restart the servers; `npm start` with `--then demo` can, and the e2e test does',
    );
    return;
  }
  const client = flow.left('client');
  flow.tokens = await signInSilently(flow, client);

  await flow.restart('auth-server');
  flow.saw('the auth-server was restarted');
  await stillServed(flow, 'after that');
  const configuration = await discoverAs(flow.demo.issuer, client);
  const answer = await refreshTokenGrant(configuration, flow.left('tokens').refreshToken);
  flow.check('the refresh token from before is good', Boolean(answer.refresh_token));
  flow.tokens = {
    ...flow.left('tokens'),
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? '',
  };
  await stillServed(flow, 'with the new token, signed after the restart,');
  flow.tokens = await signInSilently(flow, client);

  await flow.restart('gateway');
  flow.saw('the gateway was restarted');
  await stillServed(flow, 'after that');
  const denied = await callHello(flow, revoked);
  flow.check('the token revoked before the restart stays refused', denied.status === 401, denied.status);
}

async function stillServed(flow: Flow, when: string): Promise<void> {
  const answer = await callHello(flow, flow.left('tokens').accessToken);
  flow.check(
    `${when} the gateway serves the signed-in app`,
    answer.status === 200,
    `${answer.status} ${answer.text}`,
  );
}
