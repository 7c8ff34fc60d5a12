import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../apps/launcher/src/ports.js';
import { RedisServer } from '../support/redis-server.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderServer, startProvider } from './provider-server.js';
import { openAiAnswer } from './wire-shapes.js';

const KEY = Buffer.alloc(24, 7);
const SECRET = `whsec_${KEY.toString('base64')}`;

interface Alert {
  readonly type: string;
  readonly data: { readonly at: number; readonly used: number; readonly holder: string };
}

describe('alerts of budgets', () => {
  let redis: RedisServer;
  /** Two that have one Redis and what is configured in each. */
  let gateways: AiGateway[];
  let webhook: ProviderServer;
  let metricsPort: number;

  beforeAll(async () => {
    [redis, webhook, metricsPort] = await Promise.all([RedisServer.start(), startProvider(), freePort()]);
    const environment = { REDIS_URL: redis.url };
    const first = await startAiGateway({
      ...environment,
      GATEHOUSE_GATEWAY_METRICS_PORT: String(metricsPort),
    });
    gateways = [first, await startAiGateway(environment)];
    for (const gateway of gateways) gateway.openai.reset(json(openAiAnswer));
  });
  afterAll(async () => {
    await Promise.all((gateways ?? []).map((gateway) => gateway.stop()));
    await webhook?.stop();
    await redis?.stop();
  });
  beforeEach(() => webhook.reset((_, response) => void response.writeHead(204).end()));

  /** A budget of ten requests, at its own route of both. */
  async function budget(name: string, levels: readonly number[], more: object = {}): Promise<void> {
    const alerts = levels.map((at) => ({ at, url: `${webhook.url}/${name}`, secret: SECRET }));
    for (const gateway of gateways) {
      const about = { of: 'all', unit: 'requests', limit: 10, per: 'month', everywhere: false };
      await gateway.add('ai-budgets', { name, ...about, alerts, ...more });
      await gateway.addRoute({ name, match: { paths: [`/${name}`] }, ai: { budgets: [name] } });
    }
  }

  const ask = (gateway: AiGateway, name: string) =>
    gateway
      .post(`/${name}/v1/chat/completions`, { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }] })
      .then((answer) => answer.arrayBuffer());
  const alerts = () => webhook.requests.map(({ json: body }) => body as unknown as Alert);

  it('are sent once for each level, whichever process comes to it', async () => {
    await budget('levels', [0.3, 0.5, 1]);
    for (let i = 0; i < 10; i++) await Promise.all([ask(gateways[i % 2]!, 'levels'), sleep(20)]);
    await until(() => webhook.requests.length >= 3);
    await sleep(100);
    expect(alerts().map(({ data: { at, used } }) => [at, used])).toEqual([
      [0.3, 3],
      [0.5, 5],
      [1, 10],
    ]);
  });

  it('are sent once for levels that many calls come to at the same moment', async () => {
    await budget('moment', [0.2, 0.6]);
    await Promise.all(Array.from({ length: 10 }, (_, index) => ask(gateways[index % 2]!, 'moment')));
    await until(() => webhook.requests.length >= 2);
    await sleep(100);
    expect(
      alerts()
        .map(({ data: { at } }) => at)
        .sort(),
    ).toEqual([0.2, 0.6]);
  });

  it('say what it is about, and are signed (Standard Webhooks)', async () => {
    await budget('said', [0.1]);
    await ask(gateways[0]!, 'said');
    await until(() => webhook.requests.length === 1);
    const { headers, body, path, json: content } = webhook.requests[0]!;
    expect(path).toBe('/said');
    expect(content).toMatchObject({
      type: 'ai_budget.alert',
      data: { budget: 'said', of: 'all', holder: 'all', unit: 'requests', limit: 10, at: 0.1, used: 1 },
    });
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const signature = createHmac('sha256', KEY).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
  });

  it('are sent again until they are taken, under the same id; the call does not wait for them', async () => {
    await budget('again', [0.1]);
    let count = 0;
    webhook.answer = (_, response) => void response.writeHead(++count === 1 ? 500 : 200).end();
    const from = performance.now();
    await ask(gateways[0]!, 'again');
    expect(performance.now() - from).toBeLessThan(1_000);
    await until(() => count === 2);
    const ids = webhook.requests.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
    await until(async () => (await metric('again', 'sent')) === 1);
  });

  it('may be of a share of each holder', async () => {
    await budget('each', [0.1], { of: 'tag' });
    for (const tag of ['a', 'b', 'a']) {
      await gateways[0]!.post(
        '/each/v1/chat/completions',
        { model: 'gpt', messages: [] },
        { 'x-gatehouse-tag': tag },
      );
    }
    await until(() => webhook.requests.length >= 2);
    await sleep(100);
    expect(alerts().map(({ data: { holder } }) => holder)).toEqual(['tag:a', 'tag:b']);
  });

  it.each([
    [{ at: 0.5, url: 'http://example.com/', secret: SECRET }, '/alerts/0/url'],
    [{ at: 0.5, url: 'https://example.com/' }, '/alerts/0/secret'],
    [{ at: 1.5, url: 'https://example.com/', secret: SECRET }, '/alerts/0/at'],
    [{ at: 0.5, url: 'https://example.com/', secret: 'short' }, '/alerts/0/secret'],
  ])('are refused as %o', async (alert, pointer) => {
    const wrong = { name: 'wrong', of: 'all', unit: 'usd', limit: 1, per: 'day', alerts: [alert] };
    await expect(gateways[0]!.add('ai-budgets', wrong)).rejects.toMatchObject({
      errors: [expect.objectContaining({ pointer })],
    });
  });

  it('keep their secret, which is never shown, where it is left out of a change of the same url', async () => {
    await budget('kept', [0.1]);
    const about = { name: 'kept', of: 'all', unit: 'requests', limit: 10, per: 'month', everywhere: false };
    const url = `${webhook.url}/kept`;
    await gateways[0]!.replace('ai-budgets', 'kept', { ...about, alerts: [{ at: 0.2, url }] });
    const elsewhere = { ...about, alerts: [{ at: 0.2, url: `${webhook.url}/thief` }] };
    await expect(gateways[0]!.replace('ai-budgets', 'kept', elsewhere)).rejects.toMatchObject({
      errors: [expect.objectContaining({ pointer: '/alerts/0/secret' })],
    });
  });

  async function metric(name: string, outcome: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const start = `gatehouse_ai_budget_alerts_total{budget="${name}",outcome="${outcome}"`;
    const line = text.split('\n').find((one) => one.startsWith(start));
    return Number(line?.split(' ').at(-1) ?? 0);
  }
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return;
    await sleep(25);
  }
  throw new Error('It never came');
}
