import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { boundedRequest, exchange } from './provider-request.js';

interface Outcome {
  readonly error: unknown;
  readonly data: string | undefined;
}

describe('requests to a provider', () => {
  const agent = new Agent();
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => answer(request, response, body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth2/token`;
  });

  afterAll(async () => {
    await agent.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function post(form: string): Promise<Outcome> {
    const send = boundedRequest(agent, () => Promise.resolve({ authorization: 'Basic abc' }), 300);
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    return new Promise((resolve) =>
      send('POST', url, headers, form, null, (error, data) => resolve({ error, data })),
    );
  }

  it('RFC 6749 §2.3: the client authenticates in one way', async () => {
    let seen = '';
    answer = (request, response, body) => {
      seen = `${request.headers.authorization} ${body}`;
      response.end('{}');
    };
    expect(await post('code=a+b&client_id=g&client_secret=hidden')).toEqual({ error: null, data: '{}' });
    expect(seen).toBe('Basic abc code=a+b&client_id=g');
  });

  it('a refusal is handed on with its body', async () => {
    answer = (_request, response) => response.writeHead(400).end('{"error":"invalid_grant"}');
    const { error } = await post('code=x');
    expect(error).toEqual({ statusCode: 400, data: '{"error":"invalid_grant"}' });
  });

  it.each(['null', '"text"', 'access_token=x', ''])('what is no JSON object is a fault: %j', async (text) => {
    answer = (_request, response) => response.end(text);
    expect((await post('code=x')).error).toBeInstanceOf(Error);
  });

  it('an answer without end is cut off', async () => {
    answer = (_request, response) => {
      const more = () => response.write('x'.repeat(16_384)) && setImmediate(more);
      response.on('drain', more).on('error', () => undefined);
      more();
    };
    expect(String((await post('code=x')).error)).toContain('larger than');
  });

  it('so is one that comes a byte at a time, and one that never comes', async () => {
    answer = (_request, response) => {
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    };
    expect((await post('code=x')).error).toMatchObject({ name: 'TimeoutError' });
    answer = () => undefined;
    expect((await post('code=x')).error).toMatchObject({ name: 'TimeoutError' });
  });

  it('whoever asks may have less time', async () => {
    answer = () => undefined;
    const begin = performance.now();
    const asked = exchange(url, { dispatcher: agent, signal: AbortSignal.timeout(100) });
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  it('a redirect is not followed', async () => {
    answer = (_request, response) => response.writeHead(302, { location: 'http://evil.example' }).end('{}');
    expect((await post('code=x')).error).toEqual({ statusCode: 302, data: '{}' });
  });
});
