import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { gzipSync } from 'node:zlib';
import { send, startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

describe('the policy log', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  let lines: Record<string, unknown>[];

  beforeAll(async () => {
    gateway = await startLoneGateway();
    upstream = await startUpstream((request, response) => {
      request.resume();
      void once(request, 'end').then(() => {
        response.setHeader('content-length', '26');
        response.end('{"iban":"DE1","token":"t"}');
      });
    });
    const { log } = gateway.app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
    jest
      .spyOn(log, 'info')
      .mockImplementation((line: unknown) => void lines.push(line as Record<string, unknown>));
  });
  beforeEach(() => {
    lines = [];
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  let count = 0;
  /** What is logged of one call. */
  async function logged(
    settings: object,
    body: string | Buffer = '{"iban":"DE2","a":1,"password":"p"}',
    more: object = {},
  ) {
    const path = `/l${++count}`;
    const policies = [{ type: 'log', ...settings }];
    await gateway.addRoute({
      name: `l${count}`,
      match: { paths: [path] },
      upstream: { url: upstream.url },
      policies,
    });
    lines = [];
    const headers = { authorization: 'Basic YTpi', 'x-tenant': 'acme', 'x-api-key': 'k', ...more };
    const answer = await send(gateway.url, {
      path: `${path}?q=1&iban=DE3&access_token=t`,
      method: 'POST',
      headers,
      body,
    });
    expect([answer.status, answer.headers['content-length']]).toEqual([200, '26']);
    for (let i = 0; i < 50 && lines.length === 0; i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    return lines[0];
  }

  it('writes the route, the status, and the fields that were asked for', async () => {
    const line = await logged({ fields: { tenant: '{request.headers.x-tenant}', none: '{caller.subject}' } });
    expect(line).toMatchObject({ route: `l${count}`, status: 200, tenant: 'acme' });
    expect(Object.keys(line!).filter((name) => /body|query|header/.test(name))).toEqual([]);
  });

  it('headers, but never credentials', async () => {
    const line = await logged({ headers: ['x-tenant', 'authorization', 'x-api-key'] });
    expect(line).toMatchObject({
      'header.x-tenant': 'acme',
      'header.authorization': '[redacted]',
      'header.x-api-key': '[redacted]',
    });
  });

  it('the query, without what is redacted and what is a credential', async () => {
    const line = await logged({ query: true, redact: { query: ['iban'] } });
    expect(line!.query).toBe('q=1&iban=%5Bredacted%5D&access_token=%5Bredacted%5D');
  });

  it('bodies, without what is redacted and what is a credential', async () => {
    const line = await logged({ request_body: true, response_body: true, redact: { body: ['/iban'] } });
    expect(line!.request_body).toEqual({ iban: '[redacted]', a: 1, password: '[redacted]' });
    expect(line!.response_body).toEqual({ iban: '[redacted]', token: '[redacted]' });
  });

  it('no bodies that are larger than body_limit, encoded, or no JSON', async () => {
    expect((await logged({ request_body: true, body_limit: 10 }))!.request_body).toBeUndefined();
    expect((await logged({ request_body: true }, 'password=p'))!.request_body).toBeUndefined();
    const encoded = await logged({ request_body: true }, gzipSync('{}'), { 'content-encoding': 'gzip' });
    expect(encoded!.request_body).toBeUndefined();
  });

  it('sample: none, or all', async () => {
    expect(await logged({ sample: 0 })).toBeUndefined();
    expect(await logged({ sample: 1 })).toBeDefined();
  });
});
