import { refreshTokenGrant } from 'openid-client';
import type { Flow } from '../flow.js';
import { askSilently, discoverAs, exchangeReceived } from '../oauth-client.js';
import { summary } from '../sign-in.js';
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
  flow.tokens = await exchangeReceived(await askSilently(flow, client));
  const received = await askSilently(flow, client);
  const site = await flow.browser.open(`${flow.demo.gateway}/site`);
  flow.check(
    'the gateway signs the same browser in without asking again',
    site.status === 200,
    summary(site),
  );

  await flow.restart('auth-server');
  flow.saw('the auth-server was restarted');
  await stillServed(flow, 'after that');
  const answer = await refreshTokenGrant(
    await discoverAs(flow.demo.issuer, client),
    flow.left('tokens').refreshToken,
  );
  flow.check('the refresh token from before is good', Boolean(answer.refresh_token));
  flow.tokens = await exchangeReceived(received);
  flow.check('the code from before is good', flow.tokens.accessToken !== '');
  await stillServed(flow, 'with the new token, signed after the restart,');
  await askSilently(flow, client);

  await flow.restart('gateway');
  flow.saw('the gateway was restarted');
  await stillServed(flow, 'after that');
  const again = await flow.browser.open(`${flow.demo.gateway}/site`, { most: 0 });
  flow.check("the browser's session at the gateway is still good", again.status === 200, summary(again));
  const denied = await callHello(flow, revoked);
  flow.check('the token revoked before the restarts stays refused', denied.status === 401, denied.status);
}

async function stillServed(flow: Flow, when: string): Promise<void> {
  const answer = await callHello(flow, flow.left('tokens').accessToken);
  flow.check(
    `${when} the gateway serves the signed-in app`,
    answer.status === 200,
    `${answer.status} ${answer.text}`,
  );
}
