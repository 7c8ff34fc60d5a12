import { Message } from '@a2a-js/sdk';
import {
  type Client,
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
} from '@a2a-js/sdk/client';
import type { LoneGateway } from '../gateway/lone-gateway.js';
import { startMcpGateway } from '../mcp/mcp-gateway.js';
import { putIssuers, TestIssuer } from '../gateway/token-issuer.js';
import { type RunningAgent, startAgent } from './agent-server.js';

const SECRET = 'Bearer agent-secret-0123456789';
const CARD = '/.well-known/agent-card.json';

let gateway: LoneGateway;
let issuer: TestIssuer;
let agent: RunningAgent;
let old: RunningAgent;
let url: string;
let token: string;

beforeAll(async () => {
  [agent, old] = await Promise.all([startAgent(), startAgent(true)]);
  [gateway, issuer] = await Promise.all([startMcpGateway(), TestIssuer.start()]);
  url = `${gateway.url}/agents/travel`;
  await putIssuers(gateway, { name: 'test', issuer: issuer.url });
  await gateway.add('a2a-agents', {
    name: 'travel',
    url: agent.url,
    auth: { type: 'header', value: SECRET },
    skills: { deny: ['internal-*'] },
    rules: [
      { methods: ['CancelTask'], scopes: ['travel:cancel'] },
      { methods: ['GetTask'], limits: [{ by: 'user', limit: 1, window: 60 }] },
    ],
  });
  await gateway.add('a2a-agents', { name: 'old', url: old.url });
  const guards = [{ type: 'access_token', audience: url, issuers: ['test'], scopes: ['travel'] }];
  await gateway.addRoute({
    name: 'travel',
    match: { paths: ['/agents/travel'] },
    a2a: { agent: 'travel' },
    guards,
  });
  await gateway.addRoute({ name: 'old', match: { paths: ['/agents/old'] }, a2a: { agent: 'old' } });
  await gateway.addRoute({
    name: 'closed',
    match: { paths: ['/agents/closed'] },
    a2a: { agent: 'travel', public_card: false },
    guards,
  });
  token = await tokenOf('travel');
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([issuer, agent, old].map((one) => one?.stop()));
});
beforeEach(() => [agent, old].forEach((one) => void (one.received.length = 0)));

const tokenOf = (scope: string) => issuer.token({ aud: url, scope, sub: 'ada' });

/** The client of `@a2a-js/sdk` 1.3, with nothing but the address and a token. */
async function clientOf(at: string, bearer = token): Promise<Client> {
  const fetchImpl: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${bearer}`);
    return fetch(input, { ...init, headers });
  };
  const legacyCompat = { enabled: true };
  const factory = new ClientFactory({
    transports: [new JsonRpcTransportFactory({ fetchImpl, legacyCompat })],
    cardResolver: new DefaultAgentCardResolver({ legacyCompat }),
  });
  return factory.createFromUrl(`${at}/`);
}

const message = (text: string) => ({
  tenant: '',
  message: Message.fromJSON({ messageId: 'one', role: 'ROLE_USER', parts: [{ text }] }),
  configuration: undefined,
  metadata: undefined,
});

function rpc(
  method: string,
  params: object = {},
  headers: Record<string, string> = {},
  at = url,
): Promise<Response> {
  return fetch(at, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'a2a-version': '1.0',
      authorization: `Bearer ${token}`,
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
}
const sent = (text = 'hi') => ({ message: { messageId: 'one', role: 'ROLE_USER', parts: [{ text }] } });

describe('the card of an agent', () => {
  it('A2A 1.0 §4.4: is there for everybody, with the addresses and the security of the gateway', async () => {
    const got = await fetch(url + CARD, { headers: { 'a2a-version': '1.0' } });
    expect([got.status, got.headers.get('vary')]).toEqual([200, expect.stringContaining('A2A-Version')]);
    const card = (await got.json()) as Record<string, unknown>;
    expect(card).toMatchObject({
      name: 'Travel',
      supportedInterfaces: [
        { url, protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
        { url, protocolBinding: 'JSONRPC', protocolVersion: '0.3' },
      ],
      capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: true },
      securitySchemes: {
        gatehouse: {
          openIdConnectSecurityScheme: { openIdConnectUrl: `${issuer.url}/.well-known/openid-configuration` },
        },
      },
      securityRequirements: [{ schemes: { gatehouse: { list: ['travel', 'travel:cancel'] } } }],
      skills: [{ id: 'search' }, { id: 'book' }],
    });
    expect(JSON.stringify(card)).not.toContain(agent.url);
    expect(Object.keys(card)).not.toEqual(expect.arrayContaining(['signatures']));
    expect(card.iconUrl).toBeUndefined();
  });

  it('A2A 0.3.0 §5.5: is rewritten in its own words', async () => {
    const at = `${gateway.url}/agents/old`;
    const card = (await (await fetch(at + CARD)).json()) as Record<string, unknown>;
    expect(card).toMatchObject({
      url: at,
      preferredTransport: 'JSONRPC',
      protocolVersion: '0.3.0',
      supportsAuthenticatedExtendedCard: false,
      capabilities: { pushNotifications: false },
    });
    for (const member of ['additionalInterfaces', 'signatures', 'securitySchemes', 'security']) {
      expect(card).not.toHaveProperty(member);
    }
  });

  it('is fetched once for all', async () => {
    for (let i = 0; i < 3; i++) await fetch(url + CARD, { headers: { 'a2a-version': '1.0' } });
    expect(agent.received).toEqual([]);
  });

  it('is all that can be had without a token: by GET alone, and not where it is guarded', async () => {
    expect((await fetch(`${gateway.url}/agents/closed${CARD}`)).status).toBe(401);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SendMessage', params: sent() });
    for (const at of [url, url + CARD]) {
      expect((await fetch(at, { method: 'POST', headers, body })).status).toBe(401);
    }
    expect((await fetch(url)).status).toBe(401);
    expect(agent.received.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it.each([
    ['is none', '<html>'],
    ['leads elsewhere', undefined],
  ])('one that %s makes the agent unusable, and its secret stays here', async (name, body) => {
    const bad = await startAgent();
    const card = {
      ...bad.card,
      supportedInterfaces: [
        { url: 'http://127.0.0.1:1/rpc', protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
      ],
    };
    bad.instead = (response) => response.end(body ?? JSON.stringify(card));
    const path = `/agents/bad-${name.length}`;
    await gateway.add('a2a-agents', {
      name: `bad-${name.length}`,
      url: bad.url,
      auth: { type: 'header', value: SECRET },
    });
    await gateway.addRoute({
      name: `bad-${name.length}`,
      match: { paths: [path] },
      a2a: { agent: `bad-${name.length}` },
    });
    const got = await rpc('SendMessage', sent(), {}, gateway.url + path);
    expect([got.status, await got.json()]).toMatchObject([502, { id: 1, error: { code: -32_000 } }]);
    expect(bad.received.filter(({ method }) => method === 'POST')).toEqual([]);
    await bad.stop();
  });
});

describe.each([
  ['1.0', 'travel', () => agent],
  ['0.3', 'old', () => old],
] as const)('an agent of A2A %s, by the client of @a2a-js/sdk', (version, name, of) => {
  let client: Client;
  beforeAll(async () => {
    client = await clientOf(`${gateway.url}/agents/${name}`);
  });

  it('answers messages', async () => {
    expect(client.protocolVersion).toBe(version);
    expect(JSON.stringify(await client.sendMessage(message('hi')))).toContain('You said');
    const [{ headers, url: path }] = of().received as [(typeof agent.received)[number]];
    expect([path, headers.authorization]).toEqual(['/rpc', name === 'travel' ? SECRET : undefined]);
    expect(JSON.stringify(of().received)).not.toContain(token.slice(0, 60));
  });

  it('streams: each event is there before the next one is made', async () => {
    const kinds: string[] = [];
    for await (const { payload } of client.sendMessageStream(message('hold'))) {
      kinds.push(payload!.$case);
      of().release();
    }
    expect(kinds).toEqual(['task', 'statusUpdate']);
  });
});

describe('methods of an agent', () => {
  it('need scopes, and are limited', async () => {
    const refused = await rpc('CancelTask', { id: 'x' });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('scope="travel travel:cancel"');
    const more = { authorization: `Bearer ${await tokenOf('travel travel:cancel')}` };
    expect(await (await rpc('CancelTask', { id: 'x' }, more)).json()).toMatchObject({
      error: { code: -32_001 },
    });
    expect((await rpc('GetTask', { id: 'x' })).status).toBe(200);
    expect((await rpc('GetTask', { id: 'x' })).status).toBe(429);
    expect((await rpc('tasks/get', { id: 'x' })).status).toBe(429);
  });

  it.each([
    ['CreateTaskPushNotificationConfig', { taskId: 'x', url: 'http://169.254.169.254/' }],
    [
      'tasks/pushNotificationConfig/set',
      { taskId: 'x', pushNotificationConfig: { url: 'http://10.0.0.1/' } },
    ],
    [
      'SendMessage',
      { ...sent(), configuration: { taskPushNotificationConfig: { url: 'http://10.0.0.1/' } } },
    ],
    ['SendMessage', { ...sent(), configuration: { Push_Notification_Config: { url: 'http://10.0.0.1/' } } }],
    ['message/send', { ...sent(), configuration: { pushNotificationConfig: { url: 'http://10.0.0.1/' } } }],
    // As Go's encoding/json reads names: U+017F is an s, U+212A a k.
    ['message/send', { ...sent(), configuration: { puſhNotificationConfig: { url: 'http://10.0.0.1/' } } }],
    [
      'SendMessage',
      { ...sent(), configuration: { taſKPuſhNotificationConfig: { url: 'http://10.0.0.1/' } } },
    ],
  ])('SSRF: where the agent is to call back is not passed on: %s %j', async (method, params) => {
    expect(await (await rpc(method, params)).json()).toMatchObject({ id: 1, error: { code: -32_003 } });
    expect(agent.received).toEqual([]);
  });

  it('A2A 1.0 §3.3.4: others than the known ones are refused, and versions that are not spoken', async () => {
    expect(await (await rpc('Sendmessage', sent())).json()).toMatchObject({ error: { code: -32_601 } });
    const got = await rpc('SendMessage', sent(), { 'a2a-version': '2.0' });
    expect([got.status, await got.json()]).toMatchObject([400, { error: { code: -32_009 } }]);
    expect(agent.received).toEqual([]);
  });

  it('tasks are not listed by an agent that knows the gateway alone', async () => {
    expect(await (await rpc('ListTasks')).json()).toMatchObject({ error: { code: -32_004 } });
  });

  it('A2A 1.0 §3.1.11: the extended card is rewritten, too, and only for callers who are known', async () => {
    const got = (await (await rpc('GetExtendedAgentCard')).json()) as {
      result: { skills: { id: string }[] };
    };
    expect(got.result.skills.map(({ id }) => id)).toEqual(['search', 'book', 'extra']);
    expect(JSON.stringify(got)).not.toContain(agent.url);
    const open = await rpc('GetExtendedAgentCard', {}, {}, `${gateway.url}/agents/old`);
    expect(await open.json()).toMatchObject({ error: { code: -32_007 } });
  });

  it('GHSA-4gph-2hhr-5mwg: nothing beside the members of a request goes on', async () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"GetTask","Method":"CancelTask","params":{"id":"x"}}';
    const headers = { 'content-type': 'application/json', 'a2a-version': '1.0' };
    await fetch(`${gateway.url}/agents/old`, { method: 'POST', headers, body });
    expect(old.received.at(-1)!.body).not.toContain('CancelTask');
  });
});

describe('an agent that fails', () => {
  afterEach(() => void (agent.instead = undefined));

  it('repeats its secret in vain, in streams too', async () => {
    for (const type of ['application/json', 'text/event-stream']) {
      agent.instead = (response) => {
        response.writeHead(200, { 'content-type': type });
        response.write(`data: ${SECRET.slice(0, 15)}`);
        response.end(`${SECRET.slice(15)}\n\n`);
      };
      const text = await (await rpc('SendMessage', sent())).text();
      expect(text).toContain('data: Bearer ...');
    }
  });

  it('repeats its secret in vain in its cards, too', async () => {
    const body = (about: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, ...about });
    const said = { ...agent.card, description: `Called with ${SECRET}` };
    for (const about of [{ result: said }, { error: { code: -32_603, message: `Called with ${SECRET}` } }]) {
      agent.instead = (response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(body(about));
      const text = await (await rpc('GetExtendedAgentCard')).text();
      expect(text).toContain('Called with');
      expect(text).not.toContain(SECRET.slice(7));
    }
    const other = await startAgent();
    other.card = { ...other.card, description: `Called with ${SECRET}` };
    await gateway.add('a2a-agents', {
      name: 'telling',
      url: other.url,
      auth: { type: 'header', value: SECRET },
    });
    await gateway.addRoute({
      name: 'telling',
      match: { paths: ['/agents/telling'] },
      a2a: { agent: 'telling' },
    });
    const got = await fetch(`${gateway.url}/agents/telling${CARD}`, { headers: { 'a2a-version': '1.0' } });
    const { description } = (await got.json()) as { description: string };
    expect(description).toBe('Called with Bearer ...');
    await other.stop();
  });

  it.each([
    ['does not take the credentials', 401, 'application/json', '{"error":{"code":1,"message":"no"}}'],
    ['answers a page', 200, 'text/html', '{"error":{"code":1,"message":"no"}}'],
    ['redirects', 302, 'application/json', '{"error":{"code":1,"message":"no"}}'],
  ])('502 where it %s for an extended card', async (_, status, type, body) => {
    agent.instead = (response) => response.writeHead(status, { 'content-type': type }).end(body);
    const got = await rpc('GetExtendedAgentCard');
    expect([got.status, await got.json()]).toMatchObject([502, { id: 1, error: { code: -32_000 } }]);
  });

  it('says of extensions what no field may have: it is left out', async () => {
    agent.instead = (response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'a2a-extensions': 'https://\xE9.example' })
        .end('{"jsonrpc":"2.0","id":1,"result":{}}');
    const got = await rpc('SendMessage', sent());
    expect([got.status, got.headers.get('a2a-extensions'), await got.json()]).toEqual([
      200,
      null,
      { jsonrpc: '2.0', id: 1, result: {} },
    ]);
  });

  it.each([
    ['does not take the credentials', 401, 'application/json', '{}'],
    ['answers a page', 200, 'text/html', '<html>'],
    ['redirects', 302, 'application/json', '{}'],
  ])('502 where it %s', async (_, status, type, body) => {
    agent.instead = (response) => response.writeHead(status, { 'content-type': type }).end(body);
    const got = await rpc('SendMessage', sent());
    expect([got.status, await got.json()]).toMatchObject([502, { id: 1, error: { code: -32_000 } }]);
  });

  it('is left when its caller leaves', async () => {
    const leaving = new AbortController();
    const got = await fetch(url, {
      method: 'POST',
      signal: leaving.signal,
      headers: { 'content-type': 'application/json', 'a2a-version': '1.0', authorization: `Bearer ${token}` },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SendStreamingMessage', params: sent('hold') }),
    });
    await got.body!.getReader().read();
    leaving.abort();
    await agent.left;
    expect(got.status).toBe(200);
  });
});
