import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../apps/launcher/src/ports.js';
import pg from 'pg';
import type { LoneGateway } from '../gateway/lone-gateway.js';
import { putIssuers, TestIssuer } from '../gateway/token-issuer.js';
import { type AnyClient, handshakeClient, post, startMcpGateway, statelessClient } from './mcp-gateway.js';
import { type RunningServer, startHandshakeServer } from './mcp-servers.js';

let gateway: LoneGateway;
let issuer: TestIssuer;
let server: RunningServer;
let url: string;
let metricsPort: number;

const limits = [{ by: 'user', limit: 1, window: 60, name: 'dear' }];
const TODAY = 'gatehouse://one/file:///notes/today.txt';
const PLAN = 'gatehouse://one/file:///secret/plan.txt';

beforeAll(async () => {
  metricsPort = await freePort();
  const environment = {
    GATEHOUSE_GATEWAY_METRICS_PORT: String(metricsPort),
    GATEHOUSE_USAGE_FLUSH_MS: '100',
  };
  [server, gateway, issuer] = await Promise.all([
    startHandshakeServer('one'),
    startMcpGateway(environment),
    TestIssuer.start(),
  ]);
  url = `${gateway.url}/mcp`;
  await putIssuers(gateway, { name: 'test', issuer: issuer.url });
  await gateway.add('mcp-servers', {
    name: 'one',
    url: server.url,
    resources: {
      deny: ['file:///notes/private*'],
      rules: [
        { resources: ['file:///secret/*'], scopes: ['secrets:read'] },
        { resources: ['file:///notes/friday.txt', 'file:///notes/monday.txt'], limits },
      ],
    },
    prompts: { rules: [{ prompts: ['gr*'], scopes: ['prompts:use'], limits }] },
  });
  await gateway.add('mcp-servers', {
    name: 'none',
    url: server.url,
    resources: { allow: [] },
    prompts: { deny: ['*'] },
  });
  for (const name of ['one', 'none']) {
    await gateway.addRoute({
      name,
      match: { paths: [name === 'one' ? '/mcp' : '/none'] },
      mcp: { servers: [name] },
      guards: [{ type: 'access_token', audience: url, issuers: ['test'] }],
    });
  }
});
afterAll(async () => {
  await gateway?.stop();
  await issuer?.stop();
  await server?.stop();
});
beforeEach(() => {
  server.received.length = 0;
  server.instead = undefined;
});

const bearer = async (scope = '', sub = 'ada') => ({
  authorization: `Bearer ${await issuer.token({ aud: url, scope, sub })}`,
});
const ask = async (method: string, params: object, headers: Record<string, string>, at = url) =>
  post(at, { jsonrpc: '2.0', id: 1, method, params }, headers);
const read = async (uri: string, headers: Record<string, string>, at = url) =>
  ask('resources/read', { uri }, headers, at);

describe.each([
  ['2026-07-28', statelessClient],
  ['2025-11-25', handshakeClient],
] as const)('a caller of %s', (_, connect) => {
  const seenWith = async (scope: string, at = url) => {
    const client = (await connect(at, await bearer(scope))) as unknown as AnyClient;
    const { resources } = await client.listResources();
    const { resourceTemplates } = await client.listResourceTemplates();
    const { prompts } = await client.listPrompts();
    await client.close();
    return [
      ...resources.map(({ uri }) => uri),
      ...resourceTemplates.map(({ uriTemplate }) => uriTemplate),
      ...prompts.map(({ name }) => name),
    ];
  };

  it('sees the resources, templates and prompts whose scopes it has, and no others', async () => {
    const template = 'gatehouse://one/file:///notes/{day}.txt';
    expect(await seenWith('')).toEqual([TODAY, template]);
    expect(await seenWith('secrets:read prompts:use')).toEqual([TODAY, PLAN, template, 'one_greet']);
    expect(await seenWith('secrets:read', `${gateway.url}/none`)).toEqual([]);
  });
});

describe('a resource that a caller has no scope for', () => {
  it('MCP Authorization, RFC 6750 §3.1: is not read; the challenge names the scope', async () => {
    const got = await read(PLAN, await bearer('other'));
    expect(got.status).toBe(403);
    expect(got.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    expect(got.headers.get('www-authenticate')).toContain('scope="other secrets:read"');
    expect(await got.json()).toMatchObject({
      error: { message: 'The resource needs the scope secrets:read.' },
    });
    expect(server.received).toEqual([]);
  });

  it('Traefik CVE-2026-48020: nor by another writing of its URI', async () => {
    const headers = await bearer();
    for (const uri of [
      'file:///%73ecret/plan.txt',
      'file:///secret%2Fplan.txt',
      'file:////secret/plan.txt',
      'file:///SECRET/plan.txt',
      'file://localhost/secret/plan.txt',
      'file://elsewhere/secret/plan.txt',
      'file:///secret;v=1/plan.txt',
      'file:///sec%0Aret/plan.txt',
      'file:%2F%2Flocalhost%2Fsecret%2Fplan.txt',
    ]) {
      expect((await read(`gatehouse://one/${uri}`, headers)).status).toBe(403);
    }
    for (const uri of [
      'file:///notes/../secret/plan.txt',
      'file:///notes%2F..%2Fsecret/plan.txt',
      'file:///notes/%c0%ae%c0%ae/secret/plan.txt',
    ]) {
      expect(await (await read(`gatehouse://one/${uri}`, headers)).json()).toMatchObject({
        error: { code: -32002 },
      });
    }
    expect(server.received).toEqual([]);
  });

  it('is read with it', async () => {
    const got = await read(PLAN, await bearer('secrets:read'));
    expect(await got.json()).toMatchObject({
      result: { contents: [{ uri: PLAN, text: 'file:///secret/plan.txt of one' }] },
    });
  });

  it('is not read as a part of another one', async () => {
    server.instead = (_, response, body) => {
      const { id } = JSON.parse(body) as { id: unknown };
      const contents = ['file:///secret/plan.txt', 'file:///notes/today.txt', 'no uri'].map((uri) => ({
        uri,
        text: 'x',
      }));
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ jsonrpc: '2.0', id, result: { contents } }));
    };
    expect(await (await read('gatehouse://one/file:///notes', await bearer())).json()).toMatchObject({
      result: { contents: [{ uri: TODAY }] },
    });
    const all = await read('gatehouse://one/file:///notes', await bearer('secrets:read'));
    expect(await all.json()).toMatchObject({ result: { contents: [{ uri: PLAN }, { uri: TODAY }] } });
  });
});

describe('a resource that is denied, or not allowed', () => {
  it('is as if it were not there', async () => {
    for (const [uri, at] of [
      ['gatehouse://one/file:///notes/private.txt', url],
      ['gatehouse://one/file:///notes/Private%2Etxt', url],
      ['gatehouse://none/file:///notes/today.txt', `${gateway.url}/none`],
    ] as const) {
      const got = await read(uri, await bearer('secrets:read'), at);
      expect(await got.json()).toMatchObject({ error: { code: -32002 } });
    }
    const got = await ask('prompts/get', { name: 'none_greet' }, await bearer(), `${gateway.url}/none`);
    expect(await got.json()).toMatchObject({ error: { code: -32602 } });
    expect(server.received).toEqual([]);
  });
});

describe('a prompt', () => {
  it('needs its scopes, and counts in its limits', async () => {
    const get = async (scope: string, sub: string) =>
      (await ask('prompts/get', { name: 'one_greet', arguments: {} }, await bearer(scope, sub))).status;
    expect(await get('', 'bob')).toBe(403);
    expect(server.received).toEqual([]);
    const statuses = [];
    for (const sub of ['bob', 'bob', 'eve']) statuses.push(await get('prompts:use', sub));
    expect(statuses).toEqual([200, 429, 200]);
  });

  it('GHSA-4gph-2hhr-5mwg: `Name` beside `name` is nothing that a server gets', async () => {
    const params = { name: 'one_greet', Name: 'other', uri: 'file:///a', arguments: {} };
    await ask('prompts/get', params, await bearer('prompts:use', 'gil'));
    const [{ message }] = server.received as [RunningServer['received'][number]];
    expect(message.params).toEqual({ name: 'greet', arguments: {} });
  });
});

describe('limits of resources', () => {
  it('are counted by caller, together for the resources of a rule', async () => {
    const statuses: number[] = [];
    for (const [day, sub] of [
      ['monday', 'ada'],
      ['friday', 'ada'],
      ['today', 'ada'],
      ['friday', 'bob'],
    ] as const) {
      const uri = `gatehouse://one/file:///notes/${day}.txt`;
      statuses.push((await read(uri, await bearer('', sub))).status);
    }
    expect(statuses).toEqual([200, 429, 200, 200]);
  });
});

describe('the metadata of the endpoint (RFC 9728)', () => {
  it('§2: name the scopes of resources and prompts, so that clients ask for them', async () => {
    const got = await fetch(`${gateway.url}/.well-known/oauth-protected-resource/mcp`);
    expect(await got.json()).toMatchObject({ scopes_supported: ['prompts:use', 'secrets:read'] });
  });
});

describe('what is told of requests', () => {
  it('metrics count them by server, method and outcome, and have nothing that callers made up', async () => {
    await read('gatehouse://one/file:///made-up', await bearer());
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const counted = (method: string, outcome: string) =>
      `gatehouse_mcp_context_requests_total{server="one",method="${method}",outcome="${outcome}"`;
    expect(text).toContain(counted('resources/read', 'answered'));
    expect(text).toContain(counted('resources/read', 'error'));
    expect(text).toContain(counted('resources/read', 'insufficient_scope'));
    expect(text).toContain(counted('prompts/get', 'limit'));
    expect(text).not.toContain('made-up');
  });

  it('usage records name the server, and the resource or prompt where it is known', async () => {
    const client = new pg.Client({ connectionString: gateway.databaseUrl });
    await client.connect();
    const parts = new Set<string>();
    for (let i = 0; i < 50 && parts.size < 4; i++) {
      await sleep(100);
      const sql = "SELECT DISTINCT part FROM gateway.usage WHERE upstream = 'one'";
      for (const { part } of (await client.query<{ part: string }>(sql)).rows) parts.add(part);
    }
    await client.end();
    expect([...parts].sort()).toEqual([
      'prompt:greet',
      'resource:file:///notes/today.txt',
      'resource:file:///secret/plan.txt',
      'resource:other',
    ]);
  });
});
