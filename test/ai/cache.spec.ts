import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { SealedAnswers } from '../../apps/gateway/src/ai/cache/sealed-answers.service.js';
import { freePort } from '../../apps/launcher/src/ports.js';
import { putIssuers, TestIssuer } from '../gateway/token-issuer.js';
import { RedisServer } from '../support/redis-server.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderAnswer, stream } from './provider-server.js';
import { records, RemembersModule } from './remembered-records.js';
import {
  anthropicAnswer,
  anthropicStream,
  geminiAnswer,
  geminiStream,
  openAiAnswer,
  openAiStream,
  openAiStreamEnd,
  openAiStreamStart,
  openAiStreamText,
  openAiToolStream,
} from './wire-shapes.js';

const HI = [{ role: 'user', content: 'Hi' }];
const AUDIENCE = 'https://models.example/ai';

let redis: RedisServer;
let gateway: AiGateway;
let metricsPort: number;

/** Everything is asked of a gateway on Redis; what one process keeps by itself is below. */
beforeAll(async () => {
  [redis, metricsPort] = await Promise.all([RedisServer.start(), freePort()]);
  const environment = { REDIS_URL: redis.url, GATEHOUSE_GATEWAY_METRICS_PORT: String(metricsPort) };
  gateway = await startAiGateway(environment, [RemembersModule]);
  const put = caches().put.bind(caches());
  caches().put = (...args) => {
    const kept = put(...args);
    puts.push(kept);
    return kept;
  };
  await route('shared', { per: 'route' });
});
afterAll(async () => {
  await gateway?.stop();
  await redis?.stop();
});
beforeEach(async () => {
  records.length = 0;
  await caches().purge({});
  gateway.openai.reset(json(openAiAnswer));
  gateway.anthropic.reset(json(anthropicAnswer));
  gateway.gemini.reset(json(geminiAnswer));
});

const caches = () => gateway.app.get(SealedAnswers, { strict: false });

const route = (name: string, cache: object, more: object = {}, ai: object = {}) =>
  gateway.addRoute({ name, match: { paths: [`/${name}`] }, ai: { cache, ...ai }, ...more });

/** What is on its way to where it is kept. */
const puts: Promise<void>[] = [];

/** Callers do not wait for it. */
const kept = () => Promise.all(puts.splice(0));

/** Asks, and waits until what was answered is kept. */
async function ask(path: string, body: unknown, headers: Record<string, string> = {}, on = gateway) {
  const got = await on.post(path, body, headers);
  const text = await got.text();
  await kept();
  return { status: got.status, cache: got.headers.get('x-gatehouse-cache'), headers: got.headers, text };
}

const chat = (more: object = {}, headers: Record<string, string> = {}, name = 'shared') =>
  ask(`/${name}/v1/chat/completions`, { model: 'gpt', messages: HI, ...more }, headers);

/** What the cache says to a call that is made twice, each time as given. */
async function twice(...calls: (() => Promise<{ cache: string | null }>)[]): Promise<(string | null)[]> {
  const said: (string | null)[] = [];
  for (const call of calls.length === 1 ? [calls[0]!, calls[0]!] : calls) said.push((await call()).cache);
  return said;
}

describe('an answer that is kept', () => {
  it('is given again byte for byte, says so, and costs nothing', async () => {
    const odd =
      '{ "x_unknown": 1.50, "choices": [{"index":0,"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":1000} }';
    gateway.openai.reset(json(odd));
    const first = await chat();
    const second = await chat();
    expect([first.cache, first.headers.get('age')]).toEqual(['miss', null]);
    expect(Number(first.headers.get('x-gatehouse-cost'))).toBeGreaterThan(0);
    expect(second).toMatchObject({ status: 200, cache: 'hit', text: odd });
    expect(second.headers.get('age')).toMatch(/^\d$/);
    expect(second.headers.get('x-gatehouse-cost')).toBe('0');
    expect(gateway.openai.requests).toHaveLength(1);
    expect(records).toEqual([
      expect.objectContaining({ cache: 'miss', saved: undefined, tries: 1 }),
      expect.objectContaining({
        cache: 'hit',
        cost: 0,
        saved: records[0]!.cost,
        tries: 0,
        usage: {},
        finish: 'stop',
      }),
    ]);
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(text).toMatch(/gatehouse_ai_cache_total\{model="gpt",outcome="hit",app="gateway"\} 1/);
    expect(text).toMatch(/gatehouse_ai_cache_saved_dollars_total\{model="gpt",app="gateway"\} 0\.00/);
  });

  it('is encrypted where it is kept', async () => {
    await chat();
    const kept = await redis.ask(async (client) => {
      const keys = (await client.keys('gw:ai-cache:*:a:*')).map((key) => client.get(key));
      return (await Promise.all(keys)).join('');
    });
    expect(kept.length).toBeGreaterThan(100);
    expect(kept).not.toContain('Hello');
    expect(Buffer.from(kept, 'base64url').toString('latin1')).not.toContain('Hello');
  });

  it.each([
    ['the order of members and space', '{ "messages":[{"content":"Hi",\n"role":"user"}], "model":"gpt" }'],
    [
      'who asks, as it is told to providers',
      { model: 'gpt', messages: HI, user: 'u1', metadata: { a: 'b' } },
    ],
  ])('is found whatever %s is', async (_, body) => {
    expect(
      await twice(
        () => chat(),
        () => ask('/shared/v1/chat/completions', body),
      ),
    ).toEqual(['miss', 'hit']);
  });

  it.each([
    ['a member', { temperature: 0.5 }],
    ['a message', { messages: [{ role: 'user', content: 'Hi!' }] }],
    ['a role', { messages: [{ role: 'system', content: 'Hi' }] }],
    ['how many answers are wanted', { n: 2 }],
  ])('is not found where %s differs', async (_, more) => {
    expect(
      await twice(
        () => chat(),
        () => chat(more),
      ),
    ).toEqual(['miss', 'miss']);
  });

  it('is not found by another model, another route, another dialect or other fields of a provider', async () => {
    await gateway.addModel('gpt-too', ['openai/gpt-5-mini']);
    await route('shared-too', { per: 'route' });
    await chat();
    expect((await chat({ model: 'gpt-too' })).cache).toBe('miss');
    expect((await chat({}, {}, 'shared-too')).cache).toBe('miss');
    expect((await chat({}, { 'openai-beta': 'x' })).cache).toBe('miss');
    expect((await ask('/shared/v1/messages', { model: 'gpt', messages: HI, max_tokens: 9 })).cache).toBe(
      'miss',
    );
    expect((await chat()).cache).toBe('hit');
  });

  it('is not found any more when somebody else answers for the model', async () => {
    await gateway.addModel('moved', ['openai/a']);
    expect(await twice(() => chat({ model: 'moved' }))).toEqual(['miss', 'hit']);
    const targets = [{ provider: 'openai', model: 'b' }];
    await gateway.replace('ai-models', 'moved', { name: 'moved', targets });
    expect((await chat({ model: 'moved' })).cache).toBe('miss');
  });

  it('expires', async () => {
    await route('brief', { per: 'route', ttl: 1 });
    expect(await twice(() => chat({}, {}, 'brief'))).toEqual(['miss', 'hit']);
    await sleep(1_050);
    expect((await chat({}, {}, 'brief')).cache).toBe('miss');
  });
});

describe('bodies that two readers may read differently', () => {
  it.each([
    ['a name twice', '{"model":"gpt","messages":[{"role":"user","content":"evil","content":"Hi"}]}'],
    ['a number that a double rounds', '{"model":"gpt","messages":[],"seed":9007199254740993}'],
  ])('have nothing to do with the cache: %s', async (_, body) => {
    await chat();
    expect(await twice(() => ask('/shared/v1/chat/completions', body))).toEqual([null, null]);
    expect(gateway.openai.requests).toHaveLength(3);
  });
});

describe('a setting of the cache', () => {
  it('is of a route, or else of a model; a route may have it off', async () => {
    const model = { name: 'keeps', targets: [{ provider: 'openai', model: 'x' }], cache: { per: 'route' } };
    await gateway.add('ai-models', model);
    await route('no-cache', { enabled: false });
    expect(await twice(() => chat({ model: 'keeps' }, {}, 'ai'))).toEqual(['miss', 'hit']);
    expect(await twice(() => chat({ model: 'gpt' }, {}, 'ai'))).toEqual([null, null]);
    expect(await twice(() => chat({ model: 'keeps' }, {}, 'no-cache'))).toEqual([null, null]);
  });

  it('bounds what is kept', async () => {
    await route('small', { per: 'route', max_entry: 1_024 });
    gateway.openai.reset(json({ ...openAiAnswer, more: 'x'.repeat(1_024) }));
    expect(await twice(() => chat({}, {}, 'small'))).toEqual(['miss', 'miss']);
  });

  it('has callers say that they want no kept answer (RFC 9111 §5.2.1), where it is set so', async () => {
    await route('obeying', { per: 'route', obey_callers: true });
    const saying = (value: string, name = 'obeying') => chat({}, { 'cache-control': value }, name);
    await chat({}, {}, 'obeying');
    expect(
      await twice(
        () => saying('no-store'),
        () => saying('max-age=0, No-Cache'),
        () => saying('x'),
      ),
    ).toEqual([null, 'miss', 'hit']);
    await chat();
    expect((await saying('no-cache', 'shared')).cache).toBe('hit');
  });
});

describe('who gets the answer of another', () => {
  let one: TestIssuer;
  let other: TestIssuer;

  beforeAll(async () => {
    [one, other] = await Promise.all([TestIssuer.start(), TestIssuer.start()]);
    await putIssuers(gateway, { name: 'one', issuer: one.url }, { name: 'other', issuer: other.url });
    const guard = { type: 'access_token', audience: AUDIENCE, issuers: ['one', 'other'] };
    await gateway.add('teams', {
      name: 'red',
      members: [
        { subject: 'ada', issuer: 'one' },
        { subject: 'bob', issuer: 'one' },
      ],
    });
    await gateway.add('teams', { name: 'blue', members: [{ subject: 'bob', issuer: 'one' }] });
    for (const per of ['user', 'client', 'consumer', 'team', 'route']) {
      await route(`per-${per}`, { per }, { guards: [guard] });
    }
    await route('unknown', {});
  });
  afterAll(() => Promise.all([one?.stop(), other?.stop()]));

  const as = async (per: string, issuer: TestIssuer, claims: Record<string, string>) => {
    const token = await issuer.token({ aud: AUDIENCE, ...claims });
    return (await chat({}, { authorization: `Bearer ${token}` }, `per-${per}`)).cache;
  };
  const ada = { sub: 'ada', client_id: 'app' };
  const bob = { sub: 'bob', client_id: 'app' };

  it('nobody but the same user, by default', async () => {
    expect(await as('user', one, ada)).toBe('miss');
    expect(await as('user', one, bob)).toBe('miss');
    expect(await as('user', one, { ...ada, client_id: 'another' })).toBe('hit');
  });

  it('no user of the same name at another issuer', async () => {
    expect(await as('user', one, ada)).toBe('miss');
    expect(await as('user', other, ada)).toBe('miss');
    expect(await as('client', one, ada)).toBe('miss');
    expect(await as('client', other, ada)).toBe('miss');
  });

  it('whoever has the same client', async () => {
    expect(await as('client', one, ada)).toBe('miss');
    expect(await as('client', one, bob)).toBe('hit');
    expect(await as('client', one, { ...ada, client_id: 'another' })).toBe('miss');
  });

  it('whoever is in the same teams: what one brings from a second team stays there', async () => {
    expect(await as('team', one, bob)).toBe('miss');
    expect(await as('team', one, ada)).toBe('miss');
    expect(await as('team', one, bob)).toBe('hit');
    expect(await as('team', one, { ...ada, sub: 'eve' })).toBeNull();
  });

  it('all callers of the route', async () => {
    expect(await as('route', one, ada)).toBe('miss');
    expect(await as('route', other, bob)).toBe('hit');
  });

  it('nobody for whom other targets are: what these answer is not for others', async () => {
    const gold = { provider: 'openai', model: 'x', when: { headers: [{ name: 'x-tier', exact: 'gold' }] } };
    await gateway.add('ai-models', { name: 'by-tier', targets: [gold, { provider: 'openai', model: 'y' }] });
    await gateway.add('ai-models', { name: 'gold-only', targets: [gold] });
    const tier = { 'x-tier': 'gold' };
    for (const model of ['by-tier', 'gold-only']) {
      expect(await twice(() => chat({ model }, tier))).toEqual(['miss', 'hit']);
    }
    expect((await chat({ model: 'by-tier' })).cache).toBe('miss');
    expect((await chat({ model: 'gold-only' })).status).toBe(403);
  });

  it('nobody, where it is not known who calls', async () => {
    expect(await twice(() => chat({}, {}, 'unknown'))).toEqual([null, null]);
    expect(await as('consumer', one, ada)).toBeNull();
  });
});

describe('an answer that is none, or not all of it, is not kept', () => {
  const cut =
    (text: string): ProviderAnswer =>
    (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(text, () => response.destroy());
    };
  const finished = (reason: string) =>
    json({
      ...openAiAnswer,
      choices: [openAiAnswer.choices[0], { ...openAiAnswer.choices[0], index: 1, finish_reason: reason }],
    });

  it.each<[string, ProviderAnswer, object]>([
    ['an error', json({ error: { message: 'no' } }, 400), {}],
    ['an error that calls itself an answer', json({ error: { message: 'no' } }), {}],
    ['one that a filter stopped', finished('content_filter'), { n: 2 }],
    ['a stream that was cut', cut(openAiStreamStart + openAiStreamText.slice(0, 400)), { stream: true }],
    ['a stream that was cut between two events', cut(openAiStreamStart), { stream: true }],
    [
      'a stream that ends without an end',
      stream(openAiStreamStart + openAiStreamText.split('\n\n')[0]! + '\n\n'),
      { stream: true },
    ],
    [
      'a stream with an error in it',
      stream(`${openAiStreamStart}${openAiStreamText}data: {"error":{"message":"no"}}\n\n`),
      { stream: true },
    ],
  ])('%s', async (_, answer, more) => {
    gateway.openai.reset(answer);
    await chat(more).catch(() => undefined);
    gateway.openai.reset(json(openAiAnswer));
    if ('stream' in more) gateway.openai.reset(stream(openAiStream));
    expect((await chat(more)).cache).toBe('miss');
    expect((await chat(more)).cache).toBe('hit');
  });

  it('one to a request of which something was dropped', async () => {
    await route('dropping', { per: 'route' }, {}, { on_unsupported: 'drop' });
    const call = () => chat({ model: 'claude', logit_bias: { 1: 1 } }, {}, 'dropping');
    expect((await call()).headers.get('x-gatehouse-dropped')).toContain('logit_bias');
    expect(await twice(call)).toEqual(['miss', 'miss']);
  });

  it('one that its caller did not wait for', async () => {
    gateway.openai.reset((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(openAiStreamStart + openAiStreamText.split('\n\n')[0]! + '\n\n');
    });
    const gone = new AbortController();
    const body = JSON.stringify({ model: 'gpt', messages: HI, stream: true });
    const got = await fetch(`${gateway.url}/shared/v1/chat/completions`, {
      method: 'POST',
      body,
      signal: gone.signal,
    });
    await got.body!.getReader().read();
    gone.abort();
    for (let i = 0; i < 100 && gateway.openai.aborted === 0; i++) await sleep(10);
    gateway.openai.reset(stream(openAiStream));
    expect((await chat({ stream: true })).cache).toBe('miss');
  });

  it.each([
    ['pictures, whose addresses expire', '/shared/v1/images/generations', { prompt: 'a' }],
    [
      'turns of a conversation that is kept elsewhere',
      '/shared/v1/responses',
      { input: 'a', previous_response_id: 'x' },
    ],
    ['streams of no chat', '/shared/v1/completions', { prompt: 'a', stream: true }],
  ])('%s', async (_, path, body) => {
    gateway.openai.reset(
      'stream' in body
        ? stream(`data: {"choices":[{"text":"a"}]}\n\n${openAiStreamEnd}`)
        : json({ data: [] }),
    );
    expect(await twice(() => ask(path, { model: 'gpt', ...body }))).toEqual([null, null]);
  });
});

describe('a stream', () => {
  it('is given again byte for byte, without the usage nobody asked for', async () => {
    gateway.openai.reset(stream(openAiStream, 7));
    const told = openAiStreamStart + openAiStreamText + openAiStreamEnd;
    expect(await chat({ stream: true })).toMatchObject({ cache: 'miss', text: told });
    const again = await chat({ stream: true });
    expect(again).toMatchObject({ cache: 'hit', text: told });
    expect(again.headers.get('content-type')).toContain('text/event-stream');
    expect(again.headers.get('x-gatehouse-cost')).toBe('0');
    await sleep(20);
    expect(records.at(-1)).toMatchObject({ cache: 'hit', stream: true, cost: 0, estimated: false });
    expect(records.at(-1)!.saved).toBeGreaterThan(0);
    expect(records.at(-1)!.firstTokenMs).toBeGreaterThan(0);
  });

  it('serves who wants its usage, and who wants the answer whole', async () => {
    gateway.openai.reset(stream(openAiStream));
    await chat({ stream: true });
    const withUsage = await chat({ stream: true, stream_options: { include_usage: true } });
    expect(withUsage.cache).toBe('hit');
    expect(withUsage.text).toContain('"completion_tokens":3');
    const whole = await chat();
    expect(whole.cache).toBe('hit');
    expect(JSON.parse(whole.text)).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 3 },
    });
    expect(gateway.openai.requests).toHaveLength(1);
  });

  it('with tool calls serves who wants them whole', async () => {
    const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
    gateway.openai.reset(stream(openAiToolStream));
    await chat({ stream: true, tools });
    const whole = await chat({ tools });
    expect(whole.cache).toBe('hit');
    expect(JSON.parse(whole.text)).toMatchObject({
      choices: [
        {
          message: {
            tool_calls: [{ id: 'call_1', function: { name: 'weather', arguments: '{"city":"Paris"}' } }],
          },
        },
      ],
    });
  });

  it('is not made a whole answer where only its provider knows what is in it', async () => {
    gateway.openai.reset(stream(openAiStream));
    const more = { web_search_options: {} };
    await chat({ stream: true, ...more });
    gateway.openai.reset(json(openAiAnswer));
    expect((await chat(more)).cache).toBe('miss');
  });
});

describe('SDKs of vendors read what is kept', () => {
  const shapes = [
    ['gpt', 'openai', openAiAnswer, openAiStream],
    ['claude', 'anthropic', anthropicAnswer, anthropicStream],
    ['flash', 'gemini', geminiAnswer, geminiStream],
  ] as const;
  const openai = () => new OpenAI({ baseURL: `${gateway.url}/shared/v1`, apiKey: 'x', maxRetries: 0 });
  const anthropic = () => new Anthropic({ baseURL: `${gateway.url}/shared`, apiKey: 'x', maxRetries: 0 });
  const google = () => new GoogleGenAI({ apiKey: 'x', httpOptions: { baseUrl: `${gateway.url}/shared` } });

  type Say = (model: string) => Promise<string | undefined>;
  const sdks: [string, { whole: Say; streamed: Say }][] = [
    [
      'openai chat',
      {
        whole: async (model) =>
          (await openai().chat.completions.create({ model, messages: [{ role: 'user', content: 'Hi' }] }))
            .choices[0]!.message.content!,
        streamed: async (model) => {
          let text = '';
          const events = await openai().chat.completions.create({
            model,
            messages: [{ role: 'user', content: 'Hi' }],
            stream: true,
          });
          for await (const event of events) text += event.choices[0]?.delta.content ?? '';
          return text;
        },
      },
    ],
    [
      'anthropic',
      {
        whole: async (model) => {
          const { content } = await anthropic().messages.create({
            model,
            max_tokens: 9,
            messages: [{ role: 'user', content: 'Hi' }],
          });
          return content[0]!.type === 'text' ? content[0].text : '';
        },
        streamed: (model) =>
          anthropic()
            .messages.stream({ model, max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] })
            .finalText(),
      },
    ],
    [
      'google',
      {
        whole: async (model) => (await google().models.generateContent({ model, contents: 'Hi' })).text,
        streamed: async (model) => {
          let text = '';
          for await (const { text: more } of await google().models.generateContentStream({
            model,
            contents: 'Hi',
          }))
            text += more ?? '';
          return text;
        },
      },
    ],
  ];

  describe.each(sdks)('by %s', (_, { whole, streamed }) => {
    it.each(shapes)(
      'of %s, whole and streamed, whichever way it came',
      async (model, provider, answer, events) => {
        for (const [how, first] of [
          [json(answer), whole],
          [stream(events), streamed],
        ] as const) {
          await caches().purge({});
          gateway[provider].reset(how);
          expect(await first(model)).toBe('Hello!');
          await kept();
          expect([await whole(model), await streamed(model)]).toEqual(['Hello!', 'Hello!']);
          expect(gateway[provider].requests).toHaveLength(1);
        }
      },
    );
  });

  it('by OpenAI responses', async () => {
    gateway.anthropic.reset(json(anthropicAnswer));
    const call = async () => (await openai().responses.create({ model: 'claude', input: 'Hi' })).output_text;
    expect(await call()).toBe('Hello!');
    await kept();
    expect(await call()).toBe('Hello!');
    let text = '';
    for await (const event of await openai().responses.create({
      model: 'claude',
      input: 'Hi',
      stream: true,
    })) {
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(text).toBe('Hello!');
    expect(gateway.anthropic.requests).toHaveLength(1);
  });
});

describe('what is no chat', () => {
  it.each([
    ['/shared/v1/embeddings', { model: 'gpt', input: 'a' }],
    ['/shared/v1/completions', { model: 'gpt', prompt: 'a' }],
    ['/shared/v1/moderations', { model: 'gpt', input: 'a' }],
  ])('is kept as it came: %s', async (path, body) => {
    const answer = '{"data":[ {"embedding":[0.5]} ],"usage":{"prompt_tokens":1,"total_tokens":1}}';
    gateway.openai.reset(json(answer));
    expect((await ask(path, body)).cache).toBe('miss');
    expect(await ask(path, body)).toMatchObject({ cache: 'hit', text: answer });
  });

  it('sound, too', async () => {
    const sound = Buffer.from([0xff, 0xfb, 0x00, 0x0a]);
    gateway.openai.reset((_, response) =>
      response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(sound),
    );
    const call = () => gateway.post('/shared/v1/audio/speech', { model: 'gpt', input: 'a', voice: 'x' });
    await (await call()).arrayBuffer();
    await kept();
    const again = await call();
    expect([again.headers.get('x-gatehouse-cache'), again.headers.get('content-type')]).toEqual([
      'hit',
      'audio/mpeg',
    ]);
    expect(Buffer.from(await again.arrayBuffer())).toEqual(sound);
  });
});

describe('guardrails', () => {
  it('see a kept answer as they see one of a provider, whole and streamed', async () => {
    const settings = { words: ['Hello'] };
    await gateway.add('ai-guardrails', {
      name: 'greets',
      type: 'words',
      on: 'answer',
      action: 'mask',
      settings,
    });
    await route('guarded', { per: 'route' }, {}, { guardrails: ['greets'] });
    const first = await chat({}, {}, 'guarded');
    const second = await chat({}, {}, 'guarded');
    const streamed = await chat({ stream: true }, {}, 'guarded');
    expect([first.cache, second.cache, streamed.cache]).toEqual(['miss', 'hit', 'hit']);
    for (const { text, status } of [first, second, streamed]) {
      expect(status).toBe(200);
      expect(text).not.toContain('Hello');
      expect(text).toContain('!');
    }
    expect(gateway.openai.requests).toHaveLength(1);
  });

  it('refuse a kept answer that they minded', async () => {
    const settings = { words: ['Hello'] };
    await gateway.add('ai-guardrails', {
      name: 'bars',
      type: 'words',
      on: 'answer',
      action: 'block',
      settings,
    });
    await route('barred', { per: 'route' }, {}, { guardrails: ['bars'] });
    const first = await chat({}, {}, 'barred');
    const second = await chat({}, {}, 'barred');
    expect([first.status, second.status]).toEqual([400, 400]);
    expect(second.text).not.toContain('Hello');
  });
});

describe('budgets', () => {
  it('count a kept answer as a request, and as nothing else', async () => {
    const about = { of: 'all', per: 'month', everywhere: false };
    await gateway.add('ai-models', {
      name: 'priced',
      targets: [{ provider: 'openai', model: 'x', price: { input: 0, output: 1_000 } }],
    });
    await gateway.add('ai-budgets', { ...about, name: 'cache-usd', unit: 'usd', limit: 0.15 });
    await gateway.add('ai-budgets', { ...about, name: 'cache-requests', unit: 'requests', limit: 3 });
    await route('budgeted', { per: 'route' }, {}, { budgets: ['cache-usd', 'cache-requests'] });
    gateway.openai.reset(json({ ...openAiAnswer, usage: { prompt_tokens: 1, completion_tokens: 100 } }));
    const call = async (more: object = {}) => {
      const { status, cache } = await chat({ model: 'priced', max_tokens: 100, ...more }, {}, 'budgeted');
      return [status, cache];
    };
    expect(await call()).toEqual([200, 'miss']);
    // What is left of the money is not enough for another one.
    expect(await call({ temperature: 1 })).toEqual([429, null]);
    expect(await call()).toEqual([200, 'hit']);
    expect(await call()).toEqual([200, 'hit']);
    expect(await call()).toEqual([429, null]);
  });
});

describe('a purge', () => {
  it('forgets what fits all that is named', async () => {
    await chat();
    await chat({ model: 'claude' });
    expect(await caches().purge({ route: 'shared', model: 'flash' })).toBe(0);
    expect(await caches().purge({ route: 'elsewhere' })).toBe(0);
    expect(await caches().purge({ route: 'shared', model: 'claude', owner: 'all' })).toBe(1);
    expect([(await chat()).cache, (await chat({ model: 'claude' })).cache]).toEqual(['hit', 'miss']);
  });

  it('holds for answers that are on their way', async () => {
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      gateway.openai.reset((request, response) => {
        answer = () => void json(openAiAnswer)(request, response);
        resolve();
      });
    });
    const call = chat();
    await asked;
    await caches().purge({});
    answer();
    expect((await call).cache).toBe('miss');
    gateway.openai.reset(json(openAiAnswer));
    expect(await twice(() => chat())).toEqual(['miss', 'hit']);
  });
});

describe('a gateway without Redis', () => {
  let alone: AiGateway;

  beforeAll(async () => {
    alone = await startAiGateway();
    await alone.addRoute({ name: 'kept', match: { paths: ['/kept'] }, ai: { cache: { per: 'route' } } });
    alone.openai.reset(json(openAiAnswer));
  });
  afterAll(() => alone?.stop());

  it('keeps answers of its own, and purges them, and those on their way', async () => {
    const call = () => ask('/kept/v1/chat/completions', { model: 'gpt', messages: HI }, {}, alone);
    expect(await twice(call)).toEqual(['miss', 'hit']);
    expect(await alone.app.get(SealedAnswers, { strict: false }).purge({ model: 'gpt' })).toBe(1);
    expect(await twice(call)).toEqual(['miss', 'hit']);
  });
});

describe('while Redis is away', () => {
  it('every call is a miss, and goes on', async () => {
    await chat();
    await redis.stop();
    expect(await twice(() => chat())).toEqual(['miss', 'miss']);
    await redis.begin();
  });
});
