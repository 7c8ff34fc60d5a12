import { setTimeout as sleep } from 'node:timers/promises';
import {
  auth as statelessAuth,
  Client as StatelessClient,
  type OAuthClientProvider,
  StreamableHTTPClientTransport as StatelessTransport,
} from '@modelcontextprotocol/client';
import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import pg from 'pg';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { passThrough } from '../../examples/demo-flow/src/sign-in.js';
import { DocumentServer } from '../auth-server/documents.js';
import { claimsOf } from '../auth-server/auth-server.js';
import { type GatewayUnderTest, startGateway } from '../gateway/gateway.js';
import { addressIn, onwardOf, pressConnect } from '../mcp/authority/account-site.js';
import { type ProtectedServer, startProtectedServer } from '../mcp/authority/protected-server.js';
import { type RunningServer, startHandshakeServer, startStatelessServer } from '../mcp/mcp-servers.js';
import { Application, REDIRECT_URL } from './mcp-application.js';

/** What a client does here, of whichever line it is. */
interface Line {
  connect(): Promise<void>;
  redeem(answer: URLSearchParams): Promise<unknown>;
  tools(): Promise<string[]>;
  call(name: string): Promise<unknown>;
  close(): Promise<void>;
}

const ME = { name: 'test', version: '1.0.0' };

/** `@modelcontextprotocol/sdk` 1.32, which speaks 2025-11-25. */
function handshakeLine(url: URL, application: Application): Line {
  const client = new Client(ME);
  return {
    connect: () => {
      const transport = new StreamableHTTPClientTransport(url, { authProvider: application });
      return client.connect(transport as Parameters<Client['connect']>[0]);
    },
    redeem: (answer) => auth(application, { serverUrl: url, authorizationCode: answer.get('code')! }),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name) => (await client.callTool({ name })).content,
    close: () => client.close(),
  };
}

/** `@modelcontextprotocol/client` 2.4, which speaks 2026-07-28. */
function statelessLine(url: URL, application: Application): Line {
  const client = new StatelessClient(ME, { versionNegotiation: { mode: 'auto' } });
  const authProvider = application as unknown as OAuthClientProvider;
  return {
    connect: () => client.connect(new StatelessTransport(url, { authProvider })),
    redeem: (answer) =>
      statelessAuth(authProvider, {
        serverUrl: url,
        authorizationCode: answer.get('code')!,
        iss: answer.get('iss')!,
      }),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name) => (await client.callTool({ name })).content,
    close: () => client.close(),
  };
}

describe('an MCP endpoint of the gateway, with nothing but the URL', () => {
  let gateway: GatewayUnderTest;
  let servers: RunningServer[];
  /** One at which users have accounts, at the same auth-server. */
  let theirs: ProtectedServer;
  let documents: DocumentServer;
  const endpoint = (name: string) => new URL(`${gateway.url}/${name}`);

  beforeAll(async () => {
    servers = await Promise.all([startStatelessServer('new'), startHandshakeServer('old')]);
    documents = await DocumentServer.start();
    gateway = await startGateway({
      GATEHOUSE_REGISTRATION: 'open',
      GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true',
    });
    const accountOf = (token: string, resource: string) => {
      const { aud, sub } = claimsOf(token);
      return Promise.resolve(aud === resource ? String(sub) : undefined);
    };
    theirs = await startProtectedServer('theirs', { url: gateway.gatehouse.issuer, accountOf });
    theirs.metadata.scopes_supported = ['mcp:tools'];
    const database = new pg.Client(gateway.gatehouse.databaseUrl);
    await database.connect();
    const endpoints = ['all', 'steps', 'accounts'].map((name) => endpoint(name).href);
    for (const resource of [...endpoints, theirs.url]) {
      for (const scope of ['mcp:tools', 'mcp:echo']) {
        const sql = 'INSERT INTO auth.resource_scope (resource, scope, description) VALUES ($1, $2, $3)';
        await database.query(sql, [resource, scope, 'Use tools']);
      }
    }
    await database.end();
    // What the server knows of its resources may be a second old.
    await sleep(1_100);
    const tools = { rules: [{ tools: ['echo'], scopes: ['mcp:echo'] }] };
    for (const [index, name] of ['new', 'old'].entries()) {
      await gateway.admin('POST', '/mcp-servers', { name, url: servers[index]!.url, tools });
    }
    await gateway.admin('POST', '/mcp-servers', { name: 'theirs', url: theirs.url, auth: { type: 'oauth' } });
    const addRoute = (name: string, guard: object, mcp: object = { servers: ['new', 'old'] }) =>
      gateway.addRoute({
        name,
        match: { paths: [`/${name}`] },
        mcp,
        guards: [{ type: 'access_token', audience: `${gateway.url}/${name}`, ...guard }],
      });
    await addRoute('all', {});
    await addRoute('steps', { scopes: ['mcp:tools'] });
    await addRoute('accounts', { scopes: ['mcp:tools'] }, { servers: ['theirs'] });
  });
  afterAll(async () => {
    await gateway?.stop();
    await documents?.stop();
    await Promise.all([...(servers ?? []), theirs].map((one) => one?.stop()));
  });

  async function signIn(line: Line, { sentTo }: Application, browser = new Browser()): Promise<void> {
    const page = await passThrough(browser, sentTo!.href, gateway.demo.user, { stopAt: REDIRECT_URL });
    const answer = new URL(page.url).searchParams;
    expect(answer.get('error_description') ?? answer.get('error')).toBeNull();
    expect(await line.redeem(answer)).toBe('AUTHORIZED');
  }

  describe.each([
    ['@modelcontextprotocol/sdk 1.32', handshakeLine],
    ['@modelcontextprotocol/client 2.4', statelessLine],
  ] as const)('%s', (_, lineOf) => {
    it('registers, signs in with the scopes of all tools, lists and calls them', async () => {
      const url = endpoint('all');
      const application = new Application();
      const line = lineOf(url, application);
      await expect(line.connect()).rejects.toThrow();
      expect(application.sentTo?.searchParams.get('resource')).toBe(url.href);
      await signIn(line, application);
      await line.connect();
      const tools = await line.tools();
      expect(tools).toEqual(expect.arrayContaining(['new_whoami', 'new_echo', 'old_whoami', 'old_echo']));
      for (const name of ['new', 'old']) {
        expect(await line.call(`${name}_whoami`)).toEqual([{ type: 'text', text: name }]);
      }
      expect(await line.call('new_echo')).toEqual([{ type: 'text', text: '' }]);
      await line.close();
      const token = (application.tokens() as { access_token: string }).access_token;
      expect(JSON.stringify(servers.flatMap(({ received }) => received))).not.toContain(token);
    });

    it('presents its Client ID Metadata Document; a tool without its scope is not there until the user allows it', async () => {
      const url = endpoint('steps');
      const application = new Application();
      const document = documents.json(`/${lineOf.name}.json`, (client_id) => ({
        ...application.clientMetadata,
        client_id,
        token_endpoint_auth_method: 'none',
      }));
      // The SDKs take https only; what they would send is the same.
      application.client = { client_id: document };
      const line = lineOf(url, application);
      await expect(line.connect()).rejects.toThrow();
      expect(application.sentTo?.searchParams.get('scope')).toBe('mcp:tools');
      await signIn(line, application);
      await line.connect();
      expect(await line.tools()).not.toContain('new_echo');
      await expect(line.call('new_echo')).rejects.toThrow();
      expect(application.sentTo!.searchParams.get('scope')!.split(' ').sort()).toEqual([
        'mcp:echo',
        'mcp:tools',
      ]);
      await signIn(line, application);
      await line.close();
      const again = lineOf(url, application);
      await again.connect();
      expect(await again.tools()).toContain('new_echo');
      expect(await again.call('new_echo')).toEqual([{ type: 'text', text: '' }]);
      await again.close();
    });

    it('calls tools of a server at which users have accounts, once the user has connected theirs', async () => {
      const application = new Application();
      const line = lineOf(endpoint('accounts'), application);
      await expect(line.connect()).rejects.toThrow();
      const browser = new Browser();
      await signIn(line, application, browser);
      await line.connect();
      await disconnect();
      expect(await line.tools()).toEqual(['theirs_connect_account']);
      const link = addressIn(await line.call('theirs_whoami'));
      // The browser is signed in at the auth-server already, and by that at the gateway.
      const onward = onwardOf(await pressConnect(browser, await browser.open(link)));
      const clientId = `${gateway.url}/.gatehouse/mcp/clients/theirs`;
      expect(new URL(onward).searchParams.get('client_id')).toBe(clientId);
      const page = await passThrough(browser, onward, gateway.demo.user);
      expect(page.text).toContain('theirs is connected');
      expect(await line.call('theirs_whoami')).toEqual([{ type: 'text', text: 'theirs' }]);
      expect(theirs.accounts).not.toContain(undefined);
      const token = (application.tokens() as { access_token: string }).access_token;
      expect(JSON.stringify(theirs.received)).not.toContain(token);
      await line.close();
    });
  });

  async function disconnect(): Promise<void> {
    expect((await gateway.admin('DELETE', '/mcp-accounts?server=theirs')).status).toBe(204);
  }
});
