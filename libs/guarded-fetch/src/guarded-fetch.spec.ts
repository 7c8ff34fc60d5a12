import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GuardedFetch } from './guarded-fetch.js';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

const answers: Record<string, RequestListener> = {
  '/good': (_request, response) => response.writeHead(200, JSON_TYPE).end('{"a":1}'),
  '/redirect': (_request, response) => response.writeHead(302, { location: '/good' }).end(),
  '/html': (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('{}'),
  '/gzip': (_request, response) =>
    response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end('x'),
  '/missing': (_request, response) => response.writeHead(404, JSON_TYPE).end('{}'),
  '/broken': (_request, response) => response.writeHead(200, JSON_TYPE).end('{'),
  '/long': (_request, response) => response.writeHead(200, JSON_TYPE).end('x'.repeat(2_000)),
  '/endless': (_request, response) => {
    response.writeHead(200, JSON_TYPE);
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  },
  '/silent': () => undefined,
  '/echo': (request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () =>
      response.writeHead(200, JSON_TYPE).end(JSON.stringify({ method: request.method, body })),
    );
  },
};

describe('GuardedFetch', () => {
  let server: Server;
  let url: string;
  const local = new GuardedFetch({ allowPrivateAddresses: true });
  const strict = new GuardedFetch({ allowPrivateAddresses: false });
  const json = { accept: ['application/json'], maxBytes: 1_000, timeoutMs: 300 };

  beforeAll(async () => {
    server = createServer((request, response) => answers[request.url!]!(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await Promise.all([local.close(), strict.close()]);
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  it('fetches JSON', async () => {
    expect((await local.fetch(`${url}/good`, json)).json()).toEqual({ a: 1 });
  });

  it('posts', async () => {
    const response = await local.fetch(`${url}/echo`, { ...json, method: 'POST', body: 'logout_token=x' });
    expect(response.json()).toEqual({ method: 'POST', body: 'logout_token=x' });
  });

  it.each([
    ['/redirect', 'redirects'],
    ['/html', 'not of the type'],
    ['/gzip', 'compressed'],
    ['/missing', 'status 404'],
    ['/long', 'longer than 1000 bytes'],
    ['/endless', 'in time'],
    ['/silent', 'in time'],
  ])('refuses %s: it %s', async (path, reason) => {
    await expect(local.fetch(url + path, json)).rejects.toThrow(reason);
  });

  it('tells JSON that is broken', async () => {
    const response = await local.fetch(`${url}/broken`, json);
    expect(() => response.json()).toThrow('no JSON');
  });

  it('does not tell why a host cannot be reached', async () => {
    await expect(local.fetch('http://127.0.0.1:1/')).rejects.toThrow(/^The URL cannot be reached$/);
  });

  it.each([
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'https://user@example.com/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://localhost/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'https://[fd00:ec2::254]/',
    '/relative',
    `https://example.com/${'x'.repeat(2_100)}`,
  ])('refuses %s without asking anybody', async (address) => {
    expect(strict.urlFault(address)).toBeDefined();
    await expect(strict.fetch(address)).rejects.toThrow('The URL must');
  });

  it('refuses a name that leads to a private address (ZITADEL CVE-2024-49753)', async () => {
    // RFC 6761 §6.3: names under localhost are this machine's, and resolvers say so.
    await expect(strict.fetch('https://rebind.localhost/')).rejects.toThrow(
      /leads to a private address|cannot be reached/,
    );
  });
});
