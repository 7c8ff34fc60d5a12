import { randomUUID } from 'node:crypto';
import type { LoneGateway } from '../gateway/lone-gateway.js';
import { putIssuers, TestIssuer } from '../gateway/token-issuer.js';
import { post, startMcpGateway } from '../mcp/mcp-gateway.js';
import { type RunningServer, startHandshakeServer } from '../mcp/mcp-servers.js';

/** Of one caller at one server, as docs/gateway/mcp.md says. */
const MAX_OF_ONE = 250;

describe('sessions at MCP servers, which callers name as they like', () => {
  let gateway: LoneGateway;
  let issuer: TestIssuer;
  let server: RunningServer;
  let url: string;

  beforeAll(async () => {
    [gateway, issuer, server] = await Promise.all([
      startMcpGateway(),
      TestIssuer.start(),
      startHandshakeServer('held', randomUUID),
    ]);
    url = `${gateway.url}/mcp`;
    await putIssuers(gateway, { name: 'test', issuer: issuer.url });
    await gateway.add('mcp-servers', { name: 'held', url: server.url });
    const guards = [{ type: 'access_token', audience: url, issuers: ['test'] }];
    await gateway.addRoute({ name: 'mcp', match: { paths: ['/mcp'] }, mcp: { servers: ['held'] }, guards });
  });
  afterAll(async () => {
    await gateway?.stop();
    await issuer?.stop();
    await server?.stop();
  });

  const tokenOf = (sub: string) => issuer.token({ aud: url, sub });
  async function call(token: string, session: string): Promise<void> {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'held_whoami' } };
    const got = await post(url, message, { authorization: `Bearer ${token}`, 'mcp-session-id': session });
    expect([got.status, await got.text()]).toEqual([200, expect.stringContaining('"result"')]);
  }
  /** What the server is sent meanwhile: the id of the session that each message is in. */
  async function sent(what: 'DELETE' | 'tools/call', work: () => Promise<void>): Promise<unknown[]> {
    server.received.length = 0;
    await work();
    return server.received
      .filter(({ method, message }) => (what === 'DELETE' ? method === what : message.method === what))
      .map(({ headers }) => headers['mcp-session-id']);
  }

  it('one caller’s many do not end those of another; the one used longest ago makes room, and is ended', async () => {
    const [ada, bob] = await Promise.all([tokenOf('ada'), tokenOf('bob')]);
    const [first] = await sent('tools/call', () => call(bob, 'bob-1'));
    const [oldest] = await sent('tools/call', () => call(ada, 'ada-0'));
    const [second] = await sent('tools/call', () => call(ada, 'ada-1'));
    await call(ada, 'ada-0');
    for (let i = 2; i < MAX_OF_ONE; i++) await call(ada, `ada-${i}`);
    expect(await sent('DELETE', () => call(ada, 'ada-one-more'))).toEqual([second]);
    expect(await sent('tools/call', () => call(ada, 'ada-0'))).toEqual([oldest]);
    expect(await sent('tools/call', () => call(bob, 'bob-1'))).toEqual([first]);
  });
});
