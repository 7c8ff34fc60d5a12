import { setTimeout as sleep } from 'node:timers/promises';
import { bearerChallenge } from '../bearer-challenge.js';
import type { Flow } from '../flow.js';
import { type Answer, callApi } from '../http-call.js';
import { clientCredentials } from '../oauth-client.js';
import { registerMachine } from '../registration.js';

/** The app calls the demo API through the gateway, with a good token and with bad ones. */
export async function callDemoApi(flow: Flow): Promise<void> {
  const { accessToken, subject } = flow.left('tokens');
  const client = flow.left('client');
  const answer = await callHello(flow, accessToken);
  flow.check('with the token the upstream answers', answer.status === 200, `${answer.status} ${answer.text}`);
  flow.saw(`GET ${flow.demo.api.url}/hello → ${answer.text.replace(/\s+/g, ' ').slice(0, 160)}`);
  flow.check(
    'the upstream was told who calls: the user and the app',
    answer.text.includes(subject) && answer.text.includes(client.client_id),
    answer.text,
  );
  flow.check(
    'the upstream was not shown the prefix /demo',
    !answer.text.includes('/demo/hello'),
    answer.text,
  );
  flow.check(
    'RateLimit and RateLimit-Policy stand on the answer',
    Boolean(answer.headers.ratelimit && answer.headers['ratelimit-policy']),
    answer.headers,
  );

  await callWithBadTokens(flow);
  await callOverTheLimit(flow);
}

async function callWithBadTokens(flow: Flow): Promise<void> {
  const { demo } = flow;
  const client = flow.left('client');
  const none = await callHello(flow, undefined);
  const bare = bearerChallenge(none.headers['www-authenticate']);
  flow.check(
    'without a token: 401 with a Bearer challenge that names no error (RFC 6750 §3.1)',
    none.status === 401 && bare !== undefined && bare.error === undefined,
    seen(none),
  );

  refused(flow, 'a token that is none', await callHello(flow, 'not-a-token'), 401, 'invalid_token');
  const wrongAudience = await callHello(flow, flow.left('adminToken'));
  refused(flow, 'a token for another audience', wrongAudience, 401, 'invalid_token');

  const shortLived = await registerMachine(flow, 'Short-lived', demo.api.scopes.join(' '), 2);
  const brief = await clientCredentials(demo.issuer, shortLived, 'demo:read');
  flow.saw(`a token that lives ${brief.expires_in} s`);
  const fresh = await callHello(flow, brief.access_token);
  flow.check('while it lives it is accepted', fresh.status === 200, seen(fresh));
  await sleep(2_100);
  refused(flow, 'the same token, expired', await callHello(flow, brief.access_token), 401, 'invalid_token');

  const writeOnly = await clientCredentials(demo.issuer, client, 'demo:write');
  const missing = await callHello(flow, writeOnly.access_token);
  refused(flow, 'a token without the scope', missing, 403, 'insufficient_scope');
  const challenge = bearerChallenge(missing.headers['www-authenticate']);
  flow.check('and the challenge names the scope that is needed', challenge?.scope === 'demo:read', challenge);
}

async function callOverTheLimit(flow: Flow): Promise<void> {
  const eager = await registerMachine(flow, 'Eager', flow.demo.api.scopes.join(' '));
  const { access_token: token } = await clientCredentials(flow.demo.issuer, eager, 'demo:read');
  const first = await callHello(flow, token);
  const limit = Number(/;\s*q=(\d+)/.exec(first.headers['ratelimit-policy'] ?? '')?.[1]);
  flow.check('RateLimit-Policy names the limit', Number.isInteger(limit) && limit > 0, first.headers);
  flow.saw(`RateLimit-Policy: ${first.headers['ratelimit-policy']}; RateLimit: ${first.headers.ratelimit}`);

  let admitted = first.status === 200 ? 1 : 0;
  let last = first;
  while (last.status === 200 && admitted <= limit) {
    last = await callHello(flow, token);
    if (last.status === 200) admitted += 1;
  }
  flow.check(
    `of a client's requests ${limit} are let through, the next is 429`,
    admitted === limit && last.status === 429,
    { admitted, status: last.status },
  );
  flow.saw(`429: Retry-After ${last.headers['retry-after']}; RateLimit: ${last.headers.ratelimit}`);
  flow.check('429 carries Retry-After in seconds', Number(last.headers['retry-after']) > 0, last.headers);
  flow.check(
    'and RateLimit with nothing remaining',
    /;\s*r=0\b/.test(last.headers.ratelimit ?? ''),
    last.headers,
  );
  flow.check(
    'and problem details (RFC 9457)',
    /^application\/problem\+json/.test(last.headers['content-type'] ?? ''),
    last.headers,
  );
  const other = await callHello(flow, flow.left('tokens').accessToken);
  flow.check('another client is not held up by it', other.status === 200, seen(other));
}

/** Calls the demo API through the gateway. */
export async function callHello(flow: Flow, token: string | undefined): Promise<Answer> {
  return callApi(`${flow.demo.api.url}/hello`, { token });
}

function refused(flow: Flow, what: string, answer: Answer, status: number, error: string): void {
  const challenge = bearerChallenge(answer.headers['www-authenticate']);
  flow.check(
    `with ${what}: ${status}, WWW-Authenticate Bearer error="${error}"`,
    answer.status === status && challenge?.error === error,
    seen(answer),
  );
}

function seen(answer: Answer): string {
  return `${answer.status}, ${answer.headers['www-authenticate'] ?? 'no challenge'}, ${answer.text.slice(0, 200)}`;
}
