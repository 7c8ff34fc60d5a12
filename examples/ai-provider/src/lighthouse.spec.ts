import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type LoneGateway, startLoneGateway } from '../../../test/gateway/lone-gateway.js';
import { LighthouseModule } from './lighthouse.provider.js';

const KEY = 'the-key-of-the-house-0123456789';
const signature = createHmac('sha256', KEY).update('red').digest('hex');

describe('an in-house AI provider', () => {
  let gateway: LoneGateway;
  let server: Server;
  let asked: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  let answer: { status: number; body: object };

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push({ url: request.url, headers: request.headers });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    gateway = await startLoneGateway({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' }, [LighthouseModule]);
    await addProvider('house', { tenant: 'red' });
    await gateway.add('ai-models', { name: 'beam', targets: [{ provider: 'house', model: 'beam-2' }] });
    await gateway.addRoute({ name: 'ai', match: { paths: ['/ai'] }, ai: {} });
  });

  afterAll(async () => {
    await gateway?.stop();
    server?.close();
  });

  beforeEach(() => void (asked = []));

  const addProvider = (name: string, settings: object) =>
    gateway.add('ai-providers', {
      name,
      type: 'lighthouse',
      base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      keys: [{ name: 'main', key: KEY }],
      settings,
    });

  const ask = (path: string, more: object = {}) =>
    fetch(`${gateway.url}/ai${path}`, {
      method: 'POST',
      body: JSON.stringify({ model: 'beam', messages: [{ role: 'user', content: 'Hi' }], ...more }),
    });

  it('is asked as it wants it, by callers of any dialect', async () => {
    const message = { role: 'assistant', content: 'Hello!' };
    answer = {
      status: 200,
      body: { id: '1', model: 'beam-2', choices: [{ index: 0, message, finish_reason: 'stop' }] },
    };
    const openai = (await (await ask('/v1/chat/completions')).json()) as typeof answer.body;
    expect(openai).toEqual(answer.body);
    const anthropic = (await (await ask('/v1/messages', { max_tokens: 9 })).json()) as { content: object[] };
    expect(anthropic.content).toEqual([expect.objectContaining({ text: 'Hello!' })]);
    for (const { url, headers } of asked) {
      expect(url).toBe('/generate');
      expect(headers).toMatchObject({ 'x-tenant': 'red', 'x-signature': signature });
      expect(JSON.stringify(headers)).not.toContain(KEY);
    }
  });

  it('is not asked where it would pass over what a caller of another dialect wants', async () => {
    const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];
    const path = '/v1beta/models/beam:generateContent';
    const got = await ask(path, {
      contents,
      generationConfig: { seed: 7 },
      model: undefined,
      messages: undefined,
    });
    expect([got.status, await got.text()]).toEqual([400, expect.stringContaining('/generationConfig/seed')]);
    expect(asked).toEqual([]);
  });

  it('has its errors understood', async () => {
    answer = { status: 403, body: { error: { message: 'busy', code: 'tenant_is_busy' } } };
    expect((await ask('/v1/chat/completions')).status).toBe(429);
  });

  it('has its settings checked when a provider is written', async () => {
    await expect(addProvider('wrong', { tenant: 'Red' })).rejects.toMatchObject({
      status: 422,
      errors: [expect.objectContaining({ pointer: '/settings/tenant' })],
    });
  });
});
