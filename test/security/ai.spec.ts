import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Logger } from '@nestjs/common';
import { freePort } from '../../apps/launcher/src/ports.js';
import { type AiGateway, startAiGateway } from '../ai/ai-gateway.js';
import { json, type ProviderAnswer } from '../ai/provider-server.js';
import { openAiAnswer, openAiStreamStart, openAiStreamText } from '../ai/wire-shapes.js';
import { ConsumerWorld } from '../gateway/consumer-world.js';

const KEY = 'secret-openai-key-0123456789';
const HI = { messages: [{ role: 'user', content: 'Hi' }] };
const LEVELS = ['error', 'warn', 'log', 'debug', 'verbose', 'fatal'] as const;

let gateway: AiGateway;
let metricsPort: number;

beforeAll(async () => {
  metricsPort = await freePort();
  gateway = await startAiGateway({
    GATEHOUSE_GATEWAY_METRICS_PORT: String(metricsPort),
    GATEHOUSE_USAGE_FLUSH_MS: '100',
  });
});
afterAll(() => gateway?.stop());

/** Everything that the gateway keeps, as text. */
async function database(): Promise<string> {
  const client = new pg.Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
       WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`,
    );
    const kept: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      kept.push(...rows.map(({ row }) => row));
    }
    return kept.join('\n');
  } finally {
    await client.end();
  }
}

const error = (status: number, headers: Record<string, string> = {}) =>
  json({ error: { message: `No, with ${KEY}`, type: KEY, code: KEY, param: KEY } }, status, headers);

const stream = (end: string): ProviderAnswer => {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-key': KEY });
    response.write(openAiStreamStart + openAiStreamText.split('\n\n')[0]! + '\n\n');
    response.end(end);
  };
};

/** An event of Anthropic's stream, as far as it is about a block. */
interface BlockEvent {
  readonly type: string;
  readonly index: number;
  readonly content_block: { readonly name: string };
  readonly delta: { readonly partial_json?: string };
}

describe('the key of a provider, which tells it in whatever it answers', () => {
  const ANSWERS: Record<string, ProviderAnswer> = {
    'a refusal of the request': error(400),
    'a refusal of the key': error(401),
    'no money': error(402),
    'no such model': error(404),
    'too many requests': error(429, { 'retry-after': '1', 'x-key': KEY }),
    'a fault': error(500),
    'a redirect': (_, response) =>
      response.writeHead(307, { location: `https://else.example/?key=${KEY}` }).end(KEY),
    'no JSON': json(`<html>${KEY}</html>`),
    'a header field': json(openAiAnswer, 200, { 'x-key': KEY, 'set-cookie': `key=${KEY}` }),
    'the end of a stream': stream(`data: ${JSON.stringify({ error: { message: KEY, code: KEY } })}\n\n`),
    'garbage in a stream': stream(`data: {"${KEY}\n\n`),
  };
  const CALLERS: Record<string, readonly [path: string, body: object]> = {
    'of its own dialect': ['/ai/v1/chat/completions', { model: 'key', ...HI }],
    'of its own dialect, streamed': ['/ai/v1/chat/completions', { model: 'key', stream: true, ...HI }],
    'of another': ['/ai/v1/messages', { model: 'key', max_tokens: 9, ...HI }],
    'of another, streamed': ['/ai/v1/messages', { model: 'key', max_tokens: 9, stream: true, ...HI }],
  };
  let spies: jest.SpyInstance[];
  let providers = 0;

  beforeEach(async () => {
    spies = [
      ...LEVELS.map((level) => jest.spyOn(Logger.prototype, level)),
      jest.spyOn(process.stdout, 'write'),
    ];
    // One whose key is not resting.
    const name = `keyed-${++providers}`;
    const base_url = `${gateway.openai.url}/v1`;
    await gateway.add('ai-providers', { name, type: 'openai', base_url, keys: [{ name: 'main', key: KEY }] });
    const model = { name: 'key', targets: [{ provider: name, model: 'x' }], retries: { tries: 1 } };
    if (providers === 1) await gateway.add('ai-models', model);
    else await gateway.replace('ai-models', 'key', model);
  });
  afterEach(() => jest.restoreAllMocks());

  const logged = () =>
    spies.flatMap(({ mock }) => mock.calls.map((args) => args.map(told).join(' '))).join('\n');

  it.each(Object.keys(ANSWERS))('is in no answer, log or record: %s', async (name) => {
    gateway.openai.reset(ANSWERS[name]!);
    for (const [caller, [path, body]] of Object.entries(CALLERS)) {
      const got = await gateway.post(path, body, { accept: 'text/html' });
      const said = [...got.headers].join('\n') + (await got.text());
      expect([caller, said]).toEqual([caller, expect.not.stringContaining(KEY)]);
    }
    expect(gateway.openai.requests[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(logged()).not.toContain(KEY);
  });

  it('is in nothing that is kept or measured', async () => {
    await sleep(500);
    expect(await database()).not.toContain(KEY);
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(metrics).toContain('gatehouse_ai_');
    expect(metrics).not.toContain(KEY);
  });
});

describe('SQL in what callers send (LiteLLM CVE-2026-42208)', () => {
  const SQL = `'; DROP TABLE gateway.ai_usage; SELECT '`;

  it('is no key', async () => {
    const world = new ConsumerWorld(gateway);
    await world.consumer('sql');
    await world.credential('sql-key', { consumer: 'sql', type: 'api_key' });
    await gateway.addRoute({
      name: 'sql',
      match: { paths: ['/sql'] },
      ai: {},
      guards: [{ type: 'api_key' }],
    });
    for (const key of [`' OR '1'='1`, `x' OR 1=1 --`, SQL]) {
      const got = await gateway.post(
        '/sql/v1/chat/completions',
        { model: 'gpt', ...HI },
        { 'x-api-key': key },
      );
      expect(got.status).toBe(401);
    }
  });

  it('is nothing but text, wherever it stands', async () => {
    gateway.openai.reset(json({ ...openAiAnswer, model: SQL }));
    const headers = { 'x-gatehouse-tag': SQL, 'user-agent': SQL, 'x-request-id': SQL };
    const { status } = await gateway.post(
      '/ai/v1/chat/completions',
      { model: 'gpt', user: SQL, ...HI },
      headers,
    );
    expect(status).toBe(200);
    expect((await gateway.post('/ai/v1/chat/completions', { model: SQL, ...HI })).status).toBe(404);
    await sleep(500);
    // The record of the first: the table is there.
    expect(await database()).toContain('chat,openai,gpt,openai,gpt-5-mini,main');
  });
});

describe('a body of many small parts holds up nobody for long', () => {
  const MANY = 100_000;
  /** How long it takes until the gateway has answered both: the large one, and a small one that came a moment later. */
  async function held(path: string, body: object): Promise<number> {
    const large = gateway.post(path, body);
    await sleep(100);
    const from = performance.now();
    await gateway.post('/ai/v1/chat/completions', { model: 'gpt', ...HI });
    await large;
    return performance.now() - from;
  }

  beforeEach(() => {
    gateway.openai.reset(json(openAiAnswer));
    gateway.anthropic.reset(json({ error: { message: 'too long' } }, 400));
  });

  it('of messages that are converted', async () => {
    const messages = Array.from({ length: MANY }, () => HI.messages[0]);
    expect(await held('/ai/v1/chat/completions', { model: 'claude', messages })).toBeLessThan(10_000);
  });

  it('of what guardrails mask', async () => {
    await gateway.add('ai-guardrails', { name: 'pii', type: 'pii', action: 'mask', on: 'request' });
    await gateway.addRoute({ name: 'masked', match: { paths: ['/masked'] }, ai: { guardrails: ['pii'] } });
    const messages = [{ role: 'user', content: 'a@b.cc '.repeat(MANY) }];
    expect(await held('/masked/v1/chat/completions', { model: 'gpt', messages })).toBeLessThan(10_000);
    expect(gateway.openai.requests.some(({ body }) => body.includes('<EMAIL_1>'))).toBe(true);
  });
});

describe('parallel calls of tools (LiteLLM #5231, #25321)', () => {
  const chunk = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const call = (index: number, more: object) => chunk({ tool_calls: [{ index, ...more }] });
  const begin = (index: number, id: string) =>
    call(index, { id, type: 'function', function: { name: id, arguments: '' } });
  const say = (index: number, text: string) => call(index, { function: { arguments: text } });

  it('whose pieces come mixed are told one from another, in a dialect that has one after the other', async () => {
    const mixed = [
      begin(0, 'one'),
      begin(1, 'two'),
      say(1, '{"of":'),
      say(0, '{"of":'),
      say(0, '1}'),
      say(1, '2}'),
      chunk({}, 'tool_calls'),
      'data: [DONE]\n\n',
    ];
    gateway.openai.reset((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(mixed.join(''));
    });
    const tools = ['one', 'two'].map((name) => ({ name, input_schema: { type: 'object' } }));
    const got = await gateway.post('/ai/v1/messages', {
      model: 'gpt',
      max_tokens: 9,
      stream: true,
      tools,
      ...HI,
    });
    const events = (await got.text())
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)) as BlockEvent);
    const blocks = new Map<number, { name: string; json: string }>();
    let open: number | undefined;
    for (const { type, index, content_block: block, delta } of events) {
      if (type === 'content_block_start') {
        expect(open).toBeUndefined();
        open = index;
        blocks.set(index, { name: block.name, json: '' });
      }
      if (type === 'content_block_delta') {
        expect(index).toBe(open);
        blocks.get(index)!.json += delta.partial_json ?? '';
      }
      if (type === 'content_block_stop') open = undefined;
    }
    expect([...blocks.values()]).toEqual([
      { name: 'one', json: '{"of":1}' },
      { name: 'two', json: '{"of":2}' },
    ]);
  });
});

function told(value: unknown): string {
  if (value instanceof Error) return `${value.message} ${value.stack} ${told(value.cause)}`;
  return value instanceof Uint8Array ? Buffer.from(value).toString() : (JSON.stringify(value) ?? '');
}
