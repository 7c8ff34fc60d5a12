import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import pg from 'pg';
import { ConfigObjects } from '../../apps/gateway/src/configuration/config-objects.service.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderAnswer, type ProviderServer, startProvider, stream } from './provider-server.js';
import {
  anthropicAnswer,
  anthropicStream,
  geminiStream,
  openAiAnswer,
  openAiStream,
  openAiToolStream,
} from './wire-shapes.js';

let gateway: AiGateway;
let webhook: ProviderServer;

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const user = (content: string) => [{ role: 'user' as const, content }];

async function guard(route: string, ...guardrails: Record<string, unknown>[]): Promise<void> {
  for (const one of guardrails) await gateway.add('ai-guardrails', one);
  const names = guardrails.map(({ name }) => name);
  await gateway.addRoute({ name: route, match: { paths: [`/${route}`] }, ai: { guardrails: names } });
}

const openai = (route: string) =>
  new OpenAI({ baseURL: `${gateway.url}/${route}/v1`, apiKey: 'x', maxRetries: 0 });
const anthropic = (route: string) =>
  new Anthropic({ baseURL: `${gateway.url}/${route}`, apiKey: 'x', maxRetries: 0 });

const whole = (content: string) =>
  json({
    ...openAiAnswer,
    choices: [{ ...openAiAnswer.choices[0], message: { role: 'assistant', content } }],
  });

/** Answers in turn. */
function inTurn(...answers: ProviderAnswer[]): ProviderAnswer {
  let next = 0;
  return (request, response) => answers[next++]!(request, response);
}

const chat = (route: string, content = 'Hi') =>
  openai(route).chat.completions.create({ model: 'gpt', messages: user(content) });

async function rowsOf(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows;
}

beforeAll(async () => {
  webhook = await startProvider();
  gateway = await startAiGateway({ GATEHOUSE_USAGE_FLUSH_MS: '100' });
  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const json_schema = { type: 'json_schema', on: 'answer', action: 'block' };
  await guard('own', { ...json_schema, name: 'own-schema', settings: { schema, repairs: 2 } });
  await guard('asked', { ...json_schema, name: 'asked-schema' });
  await guard('noted', { ...json_schema, name: 'noted-schema', action: 'flag', settings: { schema } });
  const settings = { url: `${webhook.url}/judge`, secret: SECRET, timeout: 0.3 };
  await guard('hook', { name: 'hook', type: 'webhook', action: 'mask', settings });
  await guard('hook-open', {
    name: 'hook-open',
    type: 'webhook',
    action: 'block',
    on: 'request',
    settings: { ...settings, on_failure: 'allow' },
  });
  await gateway.add('ai-models', {
    name: 'judge',
    targets: [{ provider: 'openai', model: 'omni-moderation' }],
    retries: { tries: 1 },
  });
  await guard('moderated', {
    name: 'moderated',
    type: 'moderation',
    action: 'block',
    settings: { model: 'judge' },
  });
  await guard('some', {
    name: 'some-categories',
    type: 'moderation',
    action: 'flag',
    on: 'request',
    settings: { model: 'judge', categories: ['violence'], threshold: 0.7, on_failure: 'allow' },
  });
  await guard('quiet', {
    name: 'quiet',
    type: 'words',
    action: 'block',
    settings: { words: ['never said'] },
    unreadable: 'allow',
  });
});
afterAll(async () => {
  await gateway?.stop();
  await webhook?.stop();
});

describe('a schema of answers', () => {
  it('has the model answer again, and told what is wrong, until it is right', async () => {
    gateway.openai.reset(inTurn(whole('Paris'), whole('{"town":"Paris"}'), whole('{"city":"Paris"}')));
    const answer = await chat('own', 'Where?');
    expect(answer.choices[0]!.message.content).toBe('{"city":"Paris"}');
    const asked = gateway.openai.requests.map(
      ({ json }) => json.messages as { role: string; content: string }[],
    );
    expect(asked.map(({ length }) => length)).toEqual([1, 3, 5]);
    expect(asked[2]!.slice(1, 3)).toEqual([
      { role: 'assistant', content: 'Paris' },
      { role: 'user', content: expect.stringContaining('It is no JSON') },
    ]);
    expect(asked[2]![4]!.content).toContain('/city');
  });

  it.each([
    [
      'anthropic',
      '/own/v1/messages',
      { model: 'claude', max_tokens: 9, messages: user('Where?') },
      (text: string) => json({ ...anthropicAnswer, content: [{ type: 'text', text }] }),
      'messages',
    ],
    [
      'gemini',
      '/own/v1beta/models/flash:generateContent',
      { contents: [{ role: 'user', parts: [{ text: 'Where?' }] }] },
      (text: string) =>
        json({ candidates: [{ content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP' }] }),
      'contents',
    ],
  ] as const)('asks again in the dialect of the caller: %s', async (provider, path, body, said, member) => {
    gateway[provider].reset(inTurn(said('Paris'), said('{"city":"Paris"}')));
    const response = await gateway.post(path, body);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('{\\"city\\":')]);
    const turns = gateway[provider].requests[1]!.json[member] as { role: string }[];
    expect(turns.map(({ role }) => role)).toEqual([
      'user',
      provider === 'gemini' ? 'model' : 'assistant',
      'user',
    ]);
  });

  it('is asked again for as often as it is set, and each time is a call that is counted', async () => {
    gateway.openai.reset(whole('Paris'));
    const error = await chat('own', 'And where is that?').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 400, code: 'guardrail_blocked' });
    expect(gateway.openai.requests).toHaveLength(3);
    const counted = `SELECT count(*)::int AS n, sum(input_tokens)::int AS tokens FROM gateway.ai_usage WHERE call_id =
      (SELECT call_id FROM gateway.ai_usage WHERE fault = 'guardrail_blocked' AND route = 'own')`;
    let rows = await rowsOf(counted);
    for (let i = 0; i < 100 && rows[0]!.n !== 3; i++) {
      await sleep(50);
      rows = await rowsOf(counted);
    }
    expect(rows).toEqual([{ n: 3, tokens: 27 }]);
  });

  it('may be the one that the request asks for, and streams wait for it', async () => {
    const format = {
      type: 'json_schema' as const,
      json_schema: { name: 'place', schema: { type: 'object', required: ['city'] } },
    };
    const chunks = (...pieces: string[]) =>
      stream(
        [...pieces.map((content) => ({ content })), {}]
          .map(
            (delta, at) =>
              `data: ${JSON.stringify({ id: 'c', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: at === pieces.length ? 'stop' : null }] })}\n\n`,
          )
          .join('') + 'data: [DONE]\n\n',
      );
    const ask = () =>
      openai('asked').chat.completions.create({
        model: 'gpt',
        messages: user('Where?'),
        stream: true,
        response_format: format,
      });
    gateway.openai.reset(chunks('{"ci', 'ty":1}'));
    let text = '';
    for await (const event of await ask()) text += event.choices[0]?.delta.content ?? '';
    expect(text).toBe('{"city":1}');
    gateway.openai.reset(chunks('{"town":1}'));
    await expect(ask()).rejects.toMatchObject({ status: 400, code: 'guardrail_blocked' });
    gateway.openai.reset(whole('no JSON at all'));
    expect((await chat('asked')).choices[0]!.message.content).toBe('no JSON at all');
  });

  it('that cannot be used is refused before anybody is asked', async () => {
    gateway.openai.reset(whole('{}'));
    const schema = { type: 'object', properties: { a: { $ref: 'https://example.org/schema' } } };
    const response = await gateway.post('/asked/v1/chat/completions', {
      model: 'gpt',
      messages: user('Hi'),
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: expect.objectContaining({ code: 'guardrail_unsupported', param: 'response_format' }) },
    ]);
    expect(gateway.openai.requests).toEqual([]);
    const settings = { schema: { type: 'nonsense' } };
    await expect(
      gateway.add('ai-guardrails', {
        name: 'wrong',
        type: 'json_schema',
        on: 'answer',
        action: 'block',
        settings,
      }),
    ).rejects.toMatchObject({ errors: [{ pointer: '/settings/schema' }] });
  });

  it('whose references multiply is given up, and holds up nobody for long', async () => {
    const twice = (n: number) => ({ allOf: [1, 2].map(() => ({ $ref: `#/$defs/a${n}` })) });
    const doubling = Array.from({ length: 30 }, (_, n) => [`a${n}`, twice(n + 1)]);
    const $defs = { ...Object.fromEntries(doubling), a30: { type: 'object' } };
    gateway.openai.reset(whole('{}'));
    const from = performance.now();
    const response = await gateway.post('/asked/v1/chat/completions', {
      model: 'gpt',
      messages: user('Hi'),
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { ...twice(0), $defs } } },
    });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('guardrail_blocked'),
    ]);
    expect(performance.now() - from).toBeLessThan(5_000);
  });

  it('that leads into itself is given up', async () => {
    gateway.openai.reset(whole('{}'));
    const response = await gateway.post('/asked/v1/chat/completions', {
      model: 'gpt',
      messages: user('Hi'),
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { $ref: '#' } } },
    });
    expect(response.status).toBe(400);
  });

  it('that is only noted lets the answer through, and the header names it', async () => {
    gateway.openai.reset(whole('Paris'));
    const response = await gateway.post('/noted/v1/chat/completions', { model: 'gpt', messages: user('Hi') });
    expect([response.status, response.headers.get('x-gatehouse-guardrails')]).toEqual([200, 'noted-schema']);
  });

  it('is not for calls of tools', async () => {
    gateway.openai.reset(stream(openAiToolStream));
    const events = openai('own').chat.completions.stream({ model: 'gpt', messages: user('Hi') });
    const message = await events.finalMessage();
    expect(message.tool_calls).toMatchObject([
      { id: 'call_1', function: { name: 'weather', arguments: '{"city":"Paris"}' } },
    ]);
  });
});

describe('a webhook', () => {
  const says =
    (answer: (texts: string[]) => object): ProviderAnswer =>
    (request, response) =>
      json(answer(request.json.texts as string[]))(request, response);

  it('is asked about the texts, signed as Standard Webhooks has it', async () => {
    webhook.reset(says(() => ({ action: 'allow' })));
    gateway.openai.reset(whole('Hello!'));
    await chat('hook');
    const [request, answer] = webhook.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/judge' });
    expect(request!.json).toEqual({
      on: 'request',
      operation: 'chat',
      dialect: 'openai',
      model: 'gpt',
      route: 'hook',
      call_id: expect.any(String),
      texts: ['Hi'],
    });
    expect(answer!.json).toMatchObject({ on: 'answer', texts: ['Hello!'] });
    const { headers, body } = request!;
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const signature = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
  });

  it('may change the texts of requests and answers, of streams as a whole', async () => {
    webhook.reset(
      says((texts) => ({ action: 'mask', texts: texts.map((text) => text.replace(/Hi|Hello/, '***')) })),
    );
    gateway.openai.reset(stream(openAiStream, 3));
    const events = await openai('hook').chat.completions.create({
      model: 'gpt',
      messages: user('Hi'),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let tokens: number | undefined;
    for await (const event of events) {
      text += event.choices[0]?.delta.content ?? '';
      tokens = event.usage?.completion_tokens ?? tokens;
    }
    expect([text, tokens]).toEqual(['***!', 3]);
    expect(gateway.openai.requests[0]!.body).toContain('"***"');
  });

  it.each([
    ['blocks', says(() => ({ action: 'block' })), 'hook', 400],
    ['says nonsense', says(() => ({ action: 'whatever' })), 'hook', 400],
    ['has too few texts', says(() => ({ action: 'mask', texts: [] })), 'hook', 400],
    ['fails', json({}, 500), 'hook', 400],
    ['is late', () => undefined, 'hook', 400],
    ['fails, and that is allowed', json({}, 500), 'hook-open', 200],
    ['is late, and that is allowed', () => undefined, 'hook-open', 200],
    ['blocks where its failures are allowed', says(() => ({ action: 'block' })), 'hook-open', 400],
    ['masks where it is to block', says((texts) => ({ action: 'mask', texts })), 'hook-open', 400],
  ] as [string, ProviderAnswer, string, number][])('that %s', async (_, answer, route, status) => {
    webhook.reset(answer);
    gateway.openai.reset(whole('Hello!'));
    const response = await gateway.post(`/${route}/v1/chat/completions`, {
      model: 'gpt',
      messages: user('Hi'),
    });
    expect(response.status).toBe(status);
    expect(gateway.openai.requests).toHaveLength(status === 200 ? 1 : 0);
  });

  it('has a secret that goes in and never out, and stays where it is left out of a change', async () => {
    const objects = gateway.app.get(ConfigObjects, { strict: false });
    const shown = JSON.stringify(objects.bodyOf(await objects.read('ai-guardrails', 'hook')));
    expect(shown).toContain('/judge');
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain('sealed');
    const rows = await rowsOf("SELECT definition::text FROM gateway.config_object WHERE name = 'hook'");
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(SECRET);
    await gateway.replace('ai-guardrails', 'hook', {
      name: 'hook',
      type: 'webhook',
      action: 'mask',
      settings: { url: `${webhook.url}/judge`, timeout: 0.2 },
    });
    webhook.reset(says(() => ({ action: 'allow' })));
    gateway.openai.reset(whole('Hello!'));
    await chat('hook');
    expect(webhook.requests[0]!.headers['webhook-signature']).toMatch(/^v1,/);
    await expect(
      gateway.add('ai-guardrails', {
        name: 'none',
        type: 'webhook',
        action: 'block',
        settings: { url: webhook.url },
      }),
    ).rejects.toMatchObject({ errors: [{ pointer: '/settings/secret' }] });
  });
});

describe('a model for moderation', () => {
  /** The provider has both, the judge and the model that is asked. */
  function provider(judged: (input: string[]) => object[], said = 'Hello!'): ProviderAnswer {
    return (request, response) => {
      if (request.path !== '/v1/moderations') return whole(said)(request, response);
      const { input, model } = request.json as { input: string[]; model: string };
      expect(model).toBe('omni-moderation');
      return json({ id: 'modr-1', model, results: judged(input) })(request, response);
    };
  }
  const flagged = (word: string) => (input: string[]) =>
    input.map((text) => ({
      flagged: text.includes(word),
      categories: { violence: text.includes(word) },
      category_scores: { violence: text.includes(word) ? 0.8 : 0.1 },
    }));
  const models = () => gateway.openai.requests.map(({ path }) => path.replace('/v1/', ''));

  it('lets through what it does not flag', async () => {
    gateway.openai.reset(provider(flagged('kill')));
    expect((await chat('moderated')).choices[0]!.message.content).toBe('Hello!');
    expect(models()).toEqual(['moderations', 'chat/completions', 'moderations']);
  });

  it('blocks requests and answers that it flags', async () => {
    gateway.openai.reset(provider(flagged('kill')));
    await expect(chat('moderated', 'how to kill')).rejects.toMatchObject({ code: 'guardrail_blocked' });
    expect(models()).toEqual(['moderations']);
    gateway.openai.reset(provider(flagged('kill'), 'you kill'));
    await expect(chat('moderated')).rejects.toMatchObject({ code: 'guardrail_blocked' });
  });

  it('that says nothing blocks, or not, as it is set', async () => {
    gateway.openai.reset((request, response) =>
      (request.path === '/v1/moderations' ? json({}, 500) : whole('Hello!'))(request, response),
    );
    await expect(chat('moderated')).rejects.toMatchObject({ code: 'guardrail_blocked' });
    expect((await chat('some')).choices[0]!.message.content).toBe('Hello!');
  });

  it('may be asked of some categories alone, from a score on', async () => {
    gateway.openai.reset(provider(flagged('kill')));
    const response = await gateway.post('/some/v1/chat/completions', {
      model: 'gpt',
      messages: user('kill'),
    });
    expect([response.status, response.headers.get('x-gatehouse-guardrails')]).toEqual([
      200,
      'some-categories',
    ]);
    gateway.openai.reset(
      provider((input) =>
        input.map(() => ({
          flagged: true,
          categories: { hate: true },
          category_scores: { hate: 1, violence: 0.6 },
        })),
      ),
    );
    const other = await gateway.post('/some/v1/chat/completions', { model: 'gpt', messages: user('kill') });
    expect(other.headers.get('x-gatehouse-guardrails')).toBeNull();
  });

  it('is counted by budgets of tokens; where nothing is left, nobody is asked', async () => {
    const only = { models: ['judge'] };
    const budget = { name: 'judged', of: 'all', unit: 'input_tokens', limit: 200, per: 'month', only };
    await gateway.add('ai-budgets', { ...budget, everywhere: false });
    await gateway.addRoute({
      name: 'judged',
      match: { paths: ['/judged'] },
      ai: { guardrails: ['some-categories'], budgets: ['judged'] },
    });
    gateway.openai.reset(provider(flagged('kill')));
    const ask = () =>
      gateway.post('/judged/v1/chat/completions', { model: 'gpt', messages: user('Hi! '.repeat(100)) });
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
    expect(models()).toEqual(['moderations', 'chat/completions']);
  });

  it('is one of the configuration', async () => {
    await expect(
      gateway.add('ai-guardrails', {
        name: 'wrong',
        type: 'moderation',
        action: 'block',
        settings: { model: 'missing' },
      }),
    ).rejects.toMatchObject({ errors: [{ pointer: '/settings/model' }] });
  });
});

describe('a stream that is looked at', () => {
  const reads = {
    'openai chat': async (route: string) => {
      gateway.openai.reset(stream(openAiStream));
      const events = openai(route).chat.completions.stream({
        model: 'gpt',
        messages: user('Hi'),
        stream_options: { include_usage: true },
      });
      return events.finalChatCompletion();
    },
    'openai chat with tools': async (route: string) => {
      gateway.openai.reset(stream(openAiToolStream));
      return openai(route)
        .chat.completions.stream({ model: 'gpt', messages: user('Hi') })
        .finalChatCompletion();
    },
    anthropic: async (route: string) => {
      gateway.anthropic.reset(stream(anthropicStream));
      return anthropic(route)
        .messages.stream({ model: 'claude', max_tokens: 9, messages: user('Hi') })
        .finalMessage();
    },
    gemini: async (route: string) => {
      gateway.gemini.reset(stream(geminiStream));
      const client = new GoogleGenAI({ apiKey: 'x', httpOptions: { baseUrl: `${gateway.url}/${route}` } });
      let text = '';
      let last: unknown;
      for await (const one of await client.models.generateContentStream({ model: 'flash', contents: 'Hi' })) {
        text += one.text ?? '';
        const { usageMetadata, modelVersion, responseId, candidates } = one;
        last = { usageMetadata, modelVersion, responseId, finish: candidates?.[0]?.finishReason };
      }
      return { text, last };
    },
  };
  /** What only tells which of a vendor's machines it was, or what a provider's own tools did. */
  const LEFT_OUT = new Set([
    'system_fingerprint',
    'service_tier',
    'logprobs',
    'citations',
    'container',
    'diagnostics',
    'stop_details',
    'caller',
    'refusal',
  ]);

  function without(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(without);
    // A writer says that there is no text by an empty one.
    if (value === '') return null;
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).filter(
      ([name, member]) => !LEFT_OUT.has(name) && member !== undefined,
    );
    return Object.fromEntries(members.map(([name, member]) => [name, without(member)]));
  }

  it.each(Object.entries(reads))('comes to the same for an SDK as one that is not: %s', async (_, read) => {
    const plain = without(await read('ai'));
    expect(without(await read('quiet'))).toMatchObject(plain as object);
  });
});

describe('a cached answer', () => {
  it('is looked at as a provider’s is, and what was masked is the caller’s own', async () => {
    await gateway.add('ai-guardrails', { name: 'kept-pii', type: 'pii', action: 'mask', reversible: true });
    await gateway.addRoute({
      name: 'kept',
      match: { paths: ['/kept'] },
      ai: { guardrails: ['kept-pii'], cache: { per: 'route' } },
    });
    gateway.openai.reset(whole('Dear <EMAIL_1>, ask boss@example.org'));
    const ask = (content: string) =>
      gateway.post('/kept/v1/chat/completions', { model: 'gpt', messages: user(content) });
    const first = await ask('I am anna@example.org');
    expect(await first.text()).toContain('Dear anna@example.org, ask <EMAIL_2>');
    const second = await ask('I am bob@example.org');
    expect([second.headers.get('x-gatehouse-cache'), await second.text()]).toEqual([
      'hit',
      expect.stringContaining('Dear bob@example.org, ask <EMAIL_2>'),
    ]);
    expect(gateway.openai.requests).toHaveLength(1);
  });
});
