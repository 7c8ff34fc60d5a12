import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { decodeJwt } from 'jose';
import { ResourcesService } from '../../apps/auth-server/src/resources/resources.service.js';
import { createAuthServer } from '../../apps/auth-server/src/testing.js';
import { UsersService } from '../../apps/auth-server/src/users/users.service.js';
import { freePort } from '../../apps/launcher/src/ports.js';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { DocumentServer } from './documents.js';
import { answerOf, CALLBACK, decide, logIn, PASSWORD } from './people.js';

/** An MCP client that knows an MCP server's address, and nothing else. */
class McpClient implements OAuthClientProvider {
  readonly redirectUrl = CALLBACK;
  sentTo: URL | undefined;
  held: OAuthTokens | undefined;
  information: OAuthClientInformationMixed | undefined;
  private verifier = '';

  constructor(readonly clientMetadataUrl?: string) {}

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: 'MCP test client',
      redirect_uris: [CALLBACK],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }
  clientInformation = () => this.information;
  saveClientInformation(information: OAuthClientInformationMixed) {
    this.information = information;
  }
  tokens = () => this.held;
  saveTokens(tokens: OAuthTokens) {
    this.held = tokens;
  }
  redirectToAuthorization(url: URL) {
    this.sentTo = url;
  }
  saveCodeVerifier(verifier: string) {
    this.verifier = verifier;
  }
  codeVerifier = () => this.verifier;
}

describe('MCP authorization (2025-11-25), by the MCP TypeScript SDK', () => {
  let database: TestDatabase;
  let authServer: NestFastifyApplication;
  let mcp: Server;
  let documents: DocumentServer;
  let issuer: string;
  let resource: string;

  beforeAll(async () => {
    database = await createDatabase();
    const port = await freePort();
    issuer = `http://localhost:${port}`;
    authServer = await createAuthServer(
      {
        DATABASE_URL: database.url,
        GATEHOUSE_SECRET: 'a-secret-of-the-tests-with-over-32-characters',
        GATEHOUSE_ISSUER: issuer,
        GATEHOUSE_REGISTRATION: 'open',
        GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true',
      },
      [],
    );
    await authServer.listen({ port, host: '127.0.0.1' });
    documents = await DocumentServer.start();
    mcp = createServer((request, response) => {
      if (!request.url!.startsWith('/.well-known/oauth-protected-resource'))
        return response.writeHead(401).end();
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ resource, authorization_servers: [issuer], scopes_supported: ['tools'] }));
    });
    await new Promise<void>((done) => mcp.listen(0, '127.0.0.1', done));
    resource = `http://127.0.0.1:${(mcp.address() as AddressInfo).port}/mcp`;
    await authServer.get(ResourcesService).put(resource, { tools: 'Use the tools' });
    await authServer.get(UsersService).create({ username: 'ada', password: PASSWORD, name: 'Ada' });
  });
  afterAll(async () => {
    mcp.closeAllConnections();
    await new Promise((done) => mcp.close(done));
    await documents.stop();
    await authServer.close();
    await database.drop();
  });

  async function signIn(client: McpClient): Promise<string> {
    expect(await auth(client, { serverUrl: resource })).toBe('REDIRECT');
    const browser = new Browser();
    const login = await browser.open(client.sentTo!.href, { most: 3 });
    const consent = await logIn(browser, login, 'ada');
    return answerOf(await decide(browser, consent, 'allow')).code!;
  }

  async function expectTokens(client: McpClient): Promise<void> {
    const authorizationCode = await signIn(client);
    expect(await auth(client, { serverUrl: resource, authorizationCode })).toBe('AUTHORIZED');
    expect(decodeJwt(client.held!.access_token)).toMatchObject({
      iss: issuer,
      aud: resource,
      scope: 'tools',
    });
  }

  it('registers by RFC 7591, signs in and gets a token for the MCP server alone', async () => {
    const client = new McpClient();
    await expectTokens(client);
    expect(client.information!.client_id).toMatch(/^[\w-]{36}$/);
  });

  it('presents its Client ID Metadata Document, and is not registered', async () => {
    const path = documents.json('/client.json', (url) => ({
      ...new McpClient().clientMetadata,
      client_id: url,
    }));
    // The SDK takes https only; what it would send is the same.
    const client = new McpClient();
    client.information = { client_id: path };
    await expectTokens(client);
    expect(documents.count('/client.json')).toBe(1);
  });
});
