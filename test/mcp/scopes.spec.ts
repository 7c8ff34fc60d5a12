import type { LoneGateway } from '../gateway/lone-gateway.js';
import { putIssuers, TestIssuer } from '../gateway/token-issuer.js';
import {
  type AnyClient,
  callTool,
  handshakeClient,
  startMcpGateway,
  statelessClient,
} from './mcp-gateway.js';
import { type RunningServer, startHandshakeServer, startStatelessServer } from './mcp-servers.js';

let gateway: LoneGateway;
let issuer: TestIssuer;
let servers: RunningServer[];
let url: string;

const limits = [{ by: 'user', limit: 1, window: 60, name: 'dear' }];

beforeAll(async () => {
  servers = await Promise.all([startStatelessServer('one'), startHandshakeServer('two')]);
  [gateway, issuer] = await Promise.all([startMcpGateway(), TestIssuer.start()]);
  url = `${gateway.url}/mcp`;
  await putIssuers(gateway, { name: 'test', issuer: issuer.url });
  await gateway.add('mcp-servers', {
    name: 'one',
    url: servers[0]!.url,
    tools: {
      deny: ['huge', 'sl*'],
      rules: [
        { tools: ['ec*'], scopes: ['tools:echo'] },
        { tools: ['echo'], scopes: ['tools:more'] },
        { tools: ['fails', 'steps'], limits },
      ],
    },
  });
  await gateway.add('mcp-servers', {
    name: 'two',
    url: servers[1]!.url,
    prefix: '',
    tools: { allow: ['whoami'] },
  });
  await gateway.addRoute({
    name: 'mcp',
    match: { paths: ['/mcp'] },
    mcp: { servers: ['one', 'two'] },
    guards: [{ type: 'access_token', audience: url, issuers: ['test'] }],
  });
});
afterAll(async () => {
  await gateway?.stop();
  await issuer?.stop();
  await Promise.all((servers ?? []).map((one) => one.stop()));
});
beforeEach(() => servers.forEach((one) => void (one.received.length = 0)));

const bearer = async (scope = '', sub = 'ada') => ({
  authorization: `Bearer ${await issuer.token({ aud: url, scope, sub })}`,
});
const called = () =>
  servers.flatMap(({ received }) => received).filter(({ message }) => message.method === 'tools/call');

describe.each([
  ['2026-07-28', statelessClient],
  ['2025-11-25', handshakeClient],
] as const)('a caller of %s', (_, connect) => {
  const namesFor = async (scope: string) => {
    const client = (await connect(url, await bearer(scope))) as unknown as AnyClient;
    const { tools } = await client.listTools();
    await client.close();
    return tools.map(({ name }) => name);
  };

  it('sees the tools whose scopes it has, and no others', async () => {
    expect(await namesFor('')).toEqual([
      'one_fails',
      'one_link',
      'one_logs',
      'one_steps',
      'one_whoami',
      'whoami',
    ]);
    expect(await namesFor('tools:echo')).not.toContain('one_echo');
    expect(await namesFor('tools:echo tools:more')).toContain('one_echo');
  });
});

describe('a tool that a caller has no scope for', () => {
  it('MCP Authorization, RFC 6750 §3.1: is not called; the challenge names the scopes and the metadata', async () => {
    const got = await callTool(url, 'one_echo', await bearer('other tools:echo'));
    expect(got.status).toBe(403);
    const challenge = got.headers.get('www-authenticate')!;
    expect(challenge).toContain('error="insufficient_scope"');
    // What the caller has is named, too: the new token must allow no less.
    expect(challenge).toContain('scope="other tools:echo tools:more"');
    expect(challenge).toContain(
      `resource_metadata="${gateway.url}/.well-known/oauth-protected-resource/mcp"`,
    );
    expect(await got.json()).toMatchObject({
      jsonrpc: '2.0',
      id: 1,
      error: { message: 'The tool needs the scope tools:echo tools:more.' },
    });
    expect(called()).toEqual([]);
  });

  it('is called with them', async () => {
    const got = await callTool(url, 'one_echo', await bearer('tools:echo tools:more'), {
      arguments: { value: 'hi' },
    });
    expect([got.status, await got.json()]).toMatchObject([200, { result: { content: [{ text: 'hi' }] } }]);
  });
});

describe('the metadata of the endpoint (RFC 9728)', () => {
  it('§2: name the scopes of tools, so that clients ask for them', async () => {
    const got = await fetch(`${gateway.url}/.well-known/oauth-protected-resource/mcp`);
    expect(await got.json()).toMatchObject({ resource: url, scopes_supported: ['tools:echo', 'tools:more'] });
  });
});

describe('a tool that is denied, or not allowed', () => {
  it.each(['one_huge', 'one_slow', 'echo', 'one_', 'whoami2'])(
    '%s is as if it were not there',
    async (name) => {
      const got = await callTool(url, name, await bearer('tools:echo tools:more'));
      expect(await got.json()).toMatchObject({
        error: { code: -32602, message: `There is no tool "${name}".` },
      });
      expect(called()).toEqual([]);
    },
  );
});

describe('the name of a tool', () => {
  it('GHSA-4gph-2hhr-5mwg: `Name` beside `name` is nothing that a server gets', async () => {
    const got = await callTool(url, 'one_whoami', await bearer(), { Name: 'huge', NAME: 'huge' });
    expect(got.status).toBe(200);
    expect(Object.keys(called()[0]!.message.params!).sort()).toEqual(['_meta', 'arguments', 'name']);
  });

  it.each(['', 'a\u0000b', 'é', 'x'.repeat(129)])('%j is none', async (name) => {
    const got = await callTool(url, `one_${name}`, await bearer());
    expect(await got.json()).toMatchObject({ error: { code: -32602 } });
    expect(called()).toEqual([]);
  });
});

describe('limits of tools', () => {
  it('are counted by caller, together for the tools of a rule', async () => {
    const [ada, bob] = [await bearer('', 'ada'), await bearer('', 'bob')];
    const statuses: number[] = [];
    for (const [name, who] of [
      ['one_fails', ada],
      ['one_steps', ada],
      ['one_whoami', ada],
      ['one_steps', bob],
    ] as const) {
      const got = await callTool(url, name, who);
      statuses.push(got.status);
      if (got.status !== 429) continue;
      expect(got.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await got.json()).toMatchObject({ jsonrpc: '2.0', id: 1, error: { code: -32000 } });
    }
    expect(statuses).toEqual([200, 429, 200, 200]);
    expect(called()).toHaveLength(3);
  });
});

describe('a caller without a good token', () => {
  it.each([
    ['none', () => ({})],
    [
      'one of another audience',
      async () => ({ authorization: `Bearer ${await issuer.token({ aud: 'https://x.test' })}` }),
    ],
  ])('RFC 9728 §5.1: %s: 401 says where to get one', async (_, headers) => {
    const got = await callTool(url, 'whoami', await headers());
    expect(got.status).toBe(401);
    expect(got.headers.get('www-authenticate')).toContain('resource_metadata=');
    expect(called()).toEqual([]);
  });
});

describe('what servers get of a caller', () => {
  it('MCP Authorization, Token Passthrough: neither its token nor its cookies nor its name', async () => {
    const headers = { ...(await bearer()), cookie: 'a=b', 'x-own': 'c', 'mcp-session-id': 'of-the-caller' };
    await callTool(url, 'whoami', headers);
    await callTool(url, 'one_whoami', headers);
    const token = headers.authorization.slice('Bearer '.length);
    const received = servers.flatMap((one) => one.received);
    expect(called()).toHaveLength(2);
    for (const one of received) {
      expect(Object.keys(one.headers)).not.toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^(?:authorization|cookie|x-own|x-gatehouse-.*|x-forwarded-.*)$/),
        ]),
      );
      expect(JSON.stringify(one)).not.toContain(token);
      expect(JSON.stringify(one)).not.toContain('of-the-caller');
    }
  });
});
