import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../../config.js';
import { findAuthorizationServer } from './find-authorization-server.js';
import { OAuthRequests } from './oauth-requests.service.js';

describe('the authorization server of an MCP server', () => {
  let server: http.Server;
  let issuer: string;
  let metadata: Record<string, unknown>;
  let asked: string[];
  const local = new OAuthRequests({ allowPrivateAddresses: true } as Config);
  const strict = new OAuthRequests({ allowPrivateAddresses: false } as Config);

  beforeAll(async () => {
    server = http.createServer((request, response) => {
      asked.push(request.url!);
      const body = metadata[request.url!];
      if (body === undefined) return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    metadata = {};
    asked = [];
  });
  afterAll(async () => {
    await Promise.all([local.onApplicationShutdown(), strict.onApplicationShutdown()]);
    server.close();
  });

  const good = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    code_challenge_methods_supported: ['S256'],
  });
  const OAUTH = '/.well-known/oauth-authorization-server';
  const OPENID = '/.well-known/openid-configuration';

  it.each([OAUTH, OPENID])('MCP, Authorization Server Metadata Discovery: is found at %s', async (path) => {
    metadata[path] = good();
    expect(await findAuthorizationServer(issuer, local)).toMatchObject(good());
  });

  it.each<[string, () => object, string]>([
    ['RFC 8414 §3.3: is another issuer', () => ({ issuer: 'https://other.example' }), 'does not say where'],
    [
      'takes no PKCE',
      () => ({ code_challenge_methods_supported: undefined }),
      'does not take PKCE with S256',
    ],
    ['takes plain PKCE only', () => ({ code_challenge_methods_supported: ['plain'] }), 'does not take PKCE'],
    [
      'has no token endpoint',
      () => ({ token_endpoint: undefined }),
      'lacks an authorization or a token endpoint',
    ],
    ['would run a script', () => ({ authorization_endpoint: 'javascript:alert(1)' }), 'must be https'],
    ['sends codes by http', () => ({ token_endpoint: 'http://as.example/token' }), 'must be https'],
  ])('one that %s is refused', async (_, change, detail) => {
    metadata[OAUTH] = { ...good(), ...change() };
    await expect(findAuthorizationServer(issuer, local)).rejects.toThrow(detail);
  });

  it.each([
    'http://127.0.0.1',
    'https://127.0.0.1',
    'https://169.254.169.254',
    'https://[::1]',
    'file:///etc/passwd',
  ])('SSRF: %s is not asked, unless private addresses are allowed', async (url) => {
    await expect(findAuthorizationServer(url, strict)).rejects.toThrow(/must (?:be https|not lead)/);
  });

  it('SSRF: nor is one in this machine', async () => {
    metadata[OAUTH] = good();
    await expect(findAuthorizationServer(issuer, strict)).rejects.toThrow('must be https');
    expect(asked).toEqual([]);
  });
});
