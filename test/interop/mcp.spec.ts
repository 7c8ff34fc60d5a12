import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';
import pg from 'pg';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { passThrough } from '../../examples/demo-flow/src/sign-in.js';
import { type GatewayUnderTest, startGateway } from '../gateway/gateway.js';
import { Application, REDIRECT_URL } from './mcp-application.js';

/** An MCP server that knows nothing of OAuth, as the gateway's upstream. */
async function startMcpServer(): Promise<{ url: string; server: Server }> {
  const app = express().use(express.json());
  app.post('/', async (request, response) => {
    const mcp = new McpServer({ name: 'upstream', version: '1.0.0' });
    mcp.registerTool('whoami', { description: 'Says who calls' }, () => ({
      content: [{ type: 'text', text: String(request.headers['x-gatehouse-client']) }],
    }));
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    response.on('close', () => void transport.close());
    await mcp.connect(transport as Parameters<McpServer['connect']>[0]);
    await transport.handleRequest(request, response, request.body);
  });
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe('the MCP TypeScript SDK 1.32, with nothing but the URL', () => {
  let gateway: GatewayUnderTest;
  let upstream: { url: string; server: Server };
  let url: URL;

  beforeAll(async () => {
    upstream = await startMcpServer();
    gateway = await startGateway({ GATEHOUSE_REGISTRATION: 'open' });
    url = new URL(`${gateway.url}/mcp`);
    const database = new pg.Client(gateway.gatehouse.databaseUrl);
    await database.connect();
    await database.query(
      'INSERT INTO auth.resource_scope (resource, scope, description) VALUES ($1, $2, $3)',
      [url.href, 'mcp:tools', 'Use the tools'],
    );
    await database.end();
    // What the server knows of its resources may be a second old.
    await sleep(1_100);
    await gateway.addRoute({
      name: 'mcp',
      match: { paths: ['/mcp'] },
      strip_prefix: true,
      upstream: { url: upstream.url },
      guards: [{ type: 'access_token', audience: url.href, scopes: ['mcp:tools'] }],
    });
  });
  afterAll(async () => {
    upstream.server.closeAllConnections();
    upstream.server.close();
    await gateway.stop();
  });

  it('MCP Authorization: it registers, sends the user to sign in, and calls a tool', async () => {
    const application = new Application();
    const client = new Client({ name: 'test', version: '1.0.0' });
    const connect = () => {
      const transport = new StreamableHTTPClientTransport(url, { authProvider: application });
      return client.connect(transport as Parameters<Client['connect']>[0]);
    };
    await expect(connect()).rejects.toThrow();
    expect(application.sentTo?.searchParams.get('resource')).toBe(url.href);
    const page = await passThrough(new Browser(), application.sentTo!.href, gateway.demo.user, {
      stopAt: REDIRECT_URL,
    });
    const answer = new URL(page.url).searchParams;
    expect(answer.get('error_description') ?? answer.get('error')).toBeNull();
    const authorizationCode = answer.get('code')!;
    expect(await auth(application, { serverUrl: url, authorizationCode })).toBe('AUTHORIZED');
    await connect();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['whoami']);
    const result = await client.callTool({ name: 'whoami' });
    expect(result.content).toEqual([{ type: 'text', text: application.client!.client_id }]);
    await client.close();
  });
});
