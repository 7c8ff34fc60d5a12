import { setTimeout as sleep } from 'node:timers/promises';
import { clientMetadata } from '@gatehouse/client';
import { ClientsService } from '../../apps/auth-server/src/clients/clients.service.js';
import { ResourcesService } from '../../apps/auth-server/src/resources/resources.service.js';
import { AuthServer, claimsOf, ISSUER } from '../auth-server/auth-server.js';
import type { LoneGateway } from '../gateway/lone-gateway.js';
import { TEST_SECRET } from '../support/app.js';
import { callTool, post, startMcpGateway } from './mcp-gateway.js';
import { type RunningServer, startStatelessServer } from './mcp-servers.js';

const SERVER_API = 'https://tools.test';
const ENDPOINT = 'https://gateway.test/mcp';

describe('MCP Authorization, Token Passthrough: a server gets a token of its own', () => {
  let auth: AuthServer;
  let gateway: LoneGateway;
  let server: RunningServer;
  let url: string;

  beforeAll(async () => {
    auth = await AuthServer.start({ GATEHOUSE_SECRET: TEST_SECRET });
    await auth.get(ResourcesService).put(ENDPOINT, { 'mcp:use': 'Use' });
    await auth.get(ResourcesService).put(SERVER_API, { 'mcp:use': 'Use' });
    const clients = auth.get(ClientsService);
    const own = (await clients.read('gatehouse-gateway'))!;
    const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
    const metadata = clientMetadata.parse({
      ...own.metadata,
      grant_types: [...own.metadata.grant_types, exchange],
      token_exchange: { audiences: [SERVER_API], impersonation: true },
    });
    await clients.replace(own, metadata);
    server = await startStatelessServer('one');
    gateway = await startMcpGateway({ GATEHOUSE_ISSUER: ISSUER, GATEHOUSE_AUTH_INTERNAL_URL: auth.url });
    await sleep(1_200);
    await gateway.add('mcp-servers', {
      name: 'one',
      url: server.url,
      auth: { type: 'token_exchange', audience: SERVER_API },
    });
    for (const [name, guards] of Object.entries({
      mcp: [{ type: 'access_token', audience: ENDPOINT }],
      open: [],
    })) {
      await gateway.addRoute({ name, match: { paths: [`/${name}`] }, mcp: { servers: ['one'] }, guards });
    }
    url = `${gateway.url}/mcp`;
  });
  afterAll(async () => {
    await gateway?.stop();
    await auth?.stop();
    await server?.stop();
  });
  beforeEach(() => void (server.received.length = 0));

  it('for its own audience, on behalf of the caller', async () => {
    const token = await auth.tokenWith('mcp:use');
    const got = await callTool(url, 'one_whoami', { authorization: `Bearer ${token}` });
    expect([got.status, await got.json()]).toMatchObject([200, { result: { content: [{ text: 'one' }] } }]);
    for (const { headers } of server.received) {
      const sent = headers.authorization!.replace('Bearer ', '');
      expect(sent).not.toBe(token);
      expect(claimsOf(sent)).toMatchObject({ aud: SERVER_API, sub: claimsOf(token).sub });
    }
  });

  it("a caller without one is in nobody else's way, when the server is asked for the first time", async () => {
    const exchange = { type: 'token_exchange', audience: SERVER_API };
    await gateway.add('mcp-servers', { name: 'fresh', url: server.url, auth: exchange });
    await gateway.addRoute({
      name: 'fresh',
      match: { paths: ['/fresh'] },
      mcp: { servers: ['fresh'] },
      guards: [
        {
          any_of: [
            { type: 'access_token', audience: ENDPOINT },
            { type: 'ip', allow: ['127.0.0.1'] },
          ],
        },
      ],
    });
    const authorization = `Bearer ${await auth.tokenWith('mcp:use')}`;
    const fresh = (headers: Record<string, string> = {}) =>
      callTool(`${gateway.url}/fresh`, 'fresh_whoami', headers).then(({ status }) => status);
    expect(await Promise.all([fresh(), fresh({ authorization }), fresh()])).toEqual([403, 200, 403]);
  });

  it('there is none for whoever has none: the server is not even asked', async () => {
    expect((await callTool(`${gateway.url}/open`, 'one_whoami')).status).toBe(403);
    const list = await post(`${gateway.url}/open`, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect(list.status).toBe(403);
    expect(server.received).toEqual([]);
  });
});
