import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import pg from 'pg';
import { AiContentsRetention } from '../../apps/gateway/src/ai/contents/ai-contents-retention.service.js';
import { type AdministeredGateway, startAdministeredGateway } from '../gateway/administered-gateway.js';
import { startLoneGateway } from '../gateway/lone-gateway.js';
import { json, type ProviderServer, startProvider, stream } from './provider-server.js';
import { anthropicStream, openAiAnswer, openAiStream } from './wire-shapes.js';

let gateway: AdministeredGateway;
let provider: ProviderServer;
let database: pg.Client;

const EMAIL = 'anna@example.org';
const user = (content: string) => [{ role: 'user' as const, content }];
const whole = (content: string) => {
  const choice = { ...openAiAnswer.choices[0], message: { role: 'assistant', content } };
  return json({ ...openAiAnswer, choices: [choice] });
};

beforeAll(async () => {
  provider = await startProvider();
  gateway = await startAdministeredGateway({
    GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true',
    GATEHOUSE_USAGE_FLUSH_MS: '50',
  });
  for (const [name, base_url] of [
    ['openai', `${provider.url}/v1`],
    ['anthropic', provider.url],
  ]) {
    await gateway.add('ai-providers', {
      name,
      type: name,
      base_url,
      keys: [{ name: 'main', key: 'secret-key' }],
    });
  }
  await gateway.add('ai-models', { name: 'gpt', targets: [{ provider: 'openai', model: 'gpt-5-mini' }] });
  await gateway.add('ai-models', {
    name: 'claude',
    targets: [{ provider: 'anthropic', model: 'claude-opus-4-5' }],
  });
  await gateway.add('ai-guardrails', { name: 'pii', type: 'pii', action: 'mask', reversible: true });
  await gateway.add('ai-guardrails', {
    name: 'in',
    type: 'pii',
    action: 'mask',
    on: 'request',
    reversible: true,
  });
  await gateway.add('ai-guardrails', {
    name: 'none',
    type: 'words',
    action: 'block',
    settings: { words: ['moon'] },
  });
  const route = (name: string, ai: object) => gateway.addRoute({ name, match: { paths: [`/${name}`] }, ai });
  await route('plain', { contents: { store: true } });
  await route('masked', { contents: { store: true, retention: 2 }, guardrails: ['pii'] });
  await route('in', { contents: { store: true }, guardrails: ['in'] });
  await route('blocked', { contents: { store: true }, guardrails: ['none'] });
  await route('short', { contents: { store: true, max_bytes: 1_024 } });
  await route('off', { contents: { store: false } });
  await route('ai', {});
  database = new pg.Client({ connectionString: gateway.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await gateway?.stop();
  await provider?.stop();
});

const openai = (route: string) =>
  new OpenAI({ baseURL: `${gateway.url}/${route}/v1`, apiKey: 'x', maxRetries: 0 });

/** What is stored of a call. */
async function contentsOf(callId: string): Promise<Record<string, unknown>> {
  for (let i = 0; i < 100; i++) {
    const { status, json } = await gateway.admin('GET', `/ai-usage/${callId}/contents`);
    if (status === 200) return json as Record<string, unknown>;
    expect(status).toBe(404);
    await sleep(50);
  }
  throw new Error('Nothing is stored');
}

async function idOf(answer: Promise<{ response: Response; data: unknown }>): Promise<string> {
  return (await answer).response.headers.get('x-request-id')!;
}

describe('contents that are stored', () => {
  it('are what was asked and answered, encrypted', async () => {
    provider.reset(whole('The answer is 42'));
    const asked = openai('plain').chat.completions.create({ model: 'gpt', messages: user('The question') });
    const id = await idOf(asked.withResponse());
    expect(await contentsOf(id)).toMatchObject({
      call_id: id,
      route: 'plain',
      operation: 'chat',
      dialect: 'openai',
      model: 'gpt',
      request: { model: 'gpt', messages: user('The question') },
      answer: { choices: [{ message: { content: 'The answer is 42' } }] },
      request_is_cut: false,
      answer_is_cut: false,
    });
    const { rows } = await database.query(
      'SELECT *, expires_at - at AS kept FROM gateway.ai_contents WHERE call_id = $1',
      [id],
    );
    expect(rows).toMatchObject([{ kept: { days: 30 } }]);
    expect(JSON.stringify(rows)).not.toMatch(/question|answer is/);
  });

  it('of streams are the answers that they are, in the dialect of the caller', async () => {
    provider.reset(stream(openAiStream, 7));
    const events = await openai('plain')
      .chat.completions.create({ model: 'gpt', messages: user('Hi'), stream: true })
      .withResponse();
    for await (const event of events.data) void event;
    const stored = await contentsOf(events.response.headers.get('x-request-id')!);
    expect(stored).toMatchObject({
      answer: {
        object: 'chat.completion',
        choices: [{ message: { content: 'Hello!' }, finish_reason: 'stop' }],
      },
    });
    provider.reset(stream(anthropicStream));
    const client = new Anthropic({ baseURL: `${gateway.url}/plain`, apiKey: 'x' });
    const { data, response } = await client.messages
      .create({ model: 'claude', max_tokens: 9, messages: user('Hi'), stream: true })
      .withResponse();
    for await (const event of data) void event;
    expect(await contentsOf(response.headers.get('x-request-id')!)).toMatchObject({
      dialect: 'anthropic',
      answer: { type: 'message', content: [{ type: 'text', text: 'Hello!' }] },
    });
  });

  it('of streams whose request only the provider understands are the streams', async () => {
    provider.reset(stream(openAiStream));
    // Arguments that a model broke off, which OpenAI takes back as they are.
    const called = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":' } };
    const messages = [...user('Hi'), { role: 'assistant', tool_calls: [called] }];
    const response = await fetch(`${gateway.url}/plain/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'gpt', messages, stream: true }),
    });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('[DONE]')]);
    const stored = await contentsOf(response.headers.get('x-request-id')!);
    expect(stored).toMatchObject({ request: { messages }, answer: expect.stringContaining('[DONE]') });
  });

  it.each([
    ['masked', false],
    ['masked', true],
    ['in', false],
    ['in', true],
  ])('are masked, though the caller reads the original: %s, stream %s', async (route, isStream) => {
    provider.reset(isStream ? stream(openAiStream.replaceAll('Hel', '<EMAIL_1>')) : whole('Dear <EMAIL_1>'));
    const body = { model: 'gpt', messages: user(EMAIL), stream: isStream };
    const response = await fetch(`${gateway.url}/${route}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    expect(await response.text()).toContain(EMAIL);
    const stored = JSON.stringify(await contentsOf(response.headers.get('x-request-id')!));
    expect(stored).not.toContain('anna');
    expect(stored.match(/<EMAIL_1>/g)).toHaveLength(2);
  });

  it('are cut where they are too long', async () => {
    provider.reset(whole('x'.repeat(5_000)));
    const id = await idOf(
      openai('short')
        .chat.completions.create({ model: 'gpt', messages: user('y'.repeat(5_000)) })
        .withResponse(),
    );
    const stored = await contentsOf(id);
    expect(stored).toMatchObject({ request_is_cut: true, answer_is_cut: true });
    expect([(stored.request as string).length, (stored.answer as string).length]).toEqual([1_024, 1_024]);
  });

  it('are none of a request that was blocked, nor where nobody wants it', async () => {
    provider.reset(whole('Hello!'));
    const ids: string[] = [];
    for (const [route, text] of [
      ['blocked', 'the moon'],
      ['off', 'Hi'],
      ['ai', 'Hi'],
    ] as const) {
      const response = await fetch(`${gateway.url}/${route}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'gpt', messages: user(text) }),
      });
      await response.text();
      ids.push(response.headers.get('x-request-id')!);
    }
    await contentsOf(
      await idOf(
        openai('plain')
          .chat.completions.create({ model: 'gpt', messages: user('last') })
          .withResponse(),
      ),
    );
    for (const id of ids) expect((await gateway.admin('GET', `/ai-usage/${id}/contents`)).status).toBe(404);
  });
});

describe('whoever reads contents', () => {
  it('needs a token of the admin API', async () => {
    const address = `${gateway.url}/admin/v1/ai-usage/${crypto.randomUUID()}/contents`;
    expect((await fetch(address)).status).toBe(401);
    expect((await gateway.admin('GET', '/ai-usage/nonsense/contents')).status).toBe(422);
  });

  it('leaves an audit event', async () => {
    provider.reset(whole('Hello!'));
    const id = await idOf(
      openai('plain')
        .chat.completions.create({ model: 'gpt', messages: user('Hi') })
        .withResponse(),
    );
    await contentsOf(id);
    const { json: events } = await gateway.admin('GET', '/audit-events?type=ai_contents.read');
    const { audit_events: all } = events as { audit_events: Record<string, unknown>[] };
    expect(all[0]).toMatchObject({
      type: 'ai_contents.read',
      client_id: expect.any(String),
      detail: { kind: 'ai-usage', id, name: 'plain' },
    });
    expect(JSON.stringify(all[0])).not.toContain('Hello');
  });
});

describe('contents whose time is over', () => {
  it('are not read, and are removed by one replica at a time', async () => {
    provider.reset(whole('Hello!'));
    const id = await idOf(
      openai('plain')
        .chat.completions.create({ model: 'gpt', messages: user('Hi') })
        .withResponse(),
    );
    await contentsOf(id);
    await database.query(
      "UPDATE gateway.ai_contents SET expires_at = now() - interval '1 second' WHERE call_id = $1",
      [id],
    );
    expect((await gateway.admin('GET', `/ai-usage/${id}/contents`)).status).toBe(404);
    const retention = gateway.app.get(AiContentsRetention, { strict: false });
    await database.query('BEGIN');
    await database.query("SELECT pg_advisory_xact_lock(x'47415445'::int, hashtext('gateway ai contents'))");
    expect(await retention.removeExpired()).toBe(0);
    await database.query('COMMIT');
    expect(await retention.removeExpired()).toBe(1);
    const { rows } = await database.query('SELECT 1 FROM gateway.ai_contents WHERE call_id = $1', [id]);
    expect(rows).toEqual([]);
  });
});

it('a route cannot store contents while no records are kept', async () => {
  const lone = await startLoneGateway({ GATEHOUSE_USAGE: 'false' });
  try {
    const route = { name: 'ai', match: { paths: ['/ai'] }, ai: { contents: { store: true } } };
    await expect(lone.addRoute(route)).rejects.toMatchObject({ errors: [{ pointer: '/ai/contents/store' }] });
  } finally {
    await lone.stop();
  }
});
