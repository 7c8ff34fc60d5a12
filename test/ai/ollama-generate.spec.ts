import { Ollama } from 'ollama';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, stream } from './provider-server.js';
import { records, RemembersModule } from './remembered-records.js';
import {
  anthropicAnswer,
  anthropicStream,
  geminiAnswer,
  geminiStream,
  openAiAnswer,
  openAiStream,
} from './wire-shapes.js';

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

let gateway: AiGateway;
let ollama: Ollama;

beforeAll(async () => {
  gateway = await startAiGateway({}, [RemembersModule]);
  ollama = new Ollama({ host: `${gateway.url}/ai` });
  await gateway.addRoute({
    name: 'dropping',
    match: { paths: ['/dropping'] },
    ai: { on_unsupported: 'drop' },
  });
  await gateway.addModel('kept', ['openai/x'], { cache: { ttl: 60, per: 'route' } });
});
afterAll(() => gateway?.stop());
beforeEach(() => void (records.length = 0));

describe('Ollama’s /api/generate, by its SDK', () => {
  it.each([
    ['gpt', 'openai', openAiAnswer, openAiStream],
    ['claude', 'anthropic', anthropicAnswer, anthropicStream],
    ['flash', 'gemini', geminiAnswer, geminiStream],
  ] as const)('of %s of %s, whole and streamed', async (model, provider, whole, streamed) => {
    gateway[provider].reset(json(whole));
    const answer = await ollama.generate({ model, prompt: 'Hi', system: 'Be brief.', stream: false });
    expect(answer).toMatchObject({
      response: 'Hello!',
      done: true,
      done_reason: 'stop',
      prompt_eval_count: expect.any(Number) as number,
      eval_count: 3,
    });
    expect(answer).not.toHaveProperty('message');
    gateway[provider].reset(stream(streamed));
    let text = '';
    let last: object = {};
    for await (const one of await ollama.generate({ model, prompt: 'Hi', stream: true })) {
      text += one.response;
      last = one;
    }
    expect(text).toBe('Hello!');
    expect(last).toMatchObject({ done: true, done_reason: 'stop', eval_count: 3 });
  });

  it('asks with instructions, an image, a schema and a bound', async () => {
    gateway.openai.reset(json(openAiAnswer));
    const format = { type: 'object', properties: { a: { type: 'number' } } };
    const options = { num_predict: 7, temperature: 0.5 };
    await ollama.generate({
      model: 'gpt',
      prompt: 'What is it?',
      system: 'Be brief.',
      images: [PNG],
      format,
      options,
    });
    expect(gateway.openai.requests[0]!.json).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: expect.arrayContaining([
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
          ]) as unknown[],
        },
      ],
      max_completion_tokens: 7,
      temperature: 0.5,
      response_format: { type: 'json_schema' },
    });
  });

  it('streams unless it is told not to, and has a record of its own dialect', async () => {
    gateway.openai.reset(stream(openAiStream));
    const got = await gateway.post('/ai/api/generate', { model: 'gpt', prompt: 'Hi' });
    expect(got.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await got.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line).toHaveProperty('response');
    for (let tries = 0; tries < 100 && records.length === 0; tries++)
      await new Promise((done) => setTimeout(done, 10));
    expect(records[0]).toMatchObject({
      operation: 'chat',
      dialect: 'ollama_generate',
      usage: { input: 9, output: 3 },
    });
  });

  it.each([
    [{}, '/prompt'],
    [{ prompt: 7 }, '/prompt'],
    [{ prompt: 'Hi', system: 7 }, '/system'],
    [{ prompt: 'Hi', images: ['no image'] }, '/images/0'],
    [{ prompt: 'Hi', suffix: 'x' }, '/suffix'],
    [{ prompt: 'Hi', context: [1, 2] }, '/context'],
    [{ prompt: 'Hi', raw: true }, '/raw'],
    [{ prompt: 'Hi', options: { num_predict: 'x' } }, '/options/num_predict'],
  ])('names what is wrong, as the caller said it: %o', async (body, pointer) => {
    gateway.openai.reset(json(openAiAnswer));
    const got = await gateway.post('/ai/api/generate', { model: 'gpt', stream: false, ...body });
    expect([got.status, await got.json()]).toEqual([
      400,
      { error: expect.stringContaining(pointer) as string },
    ]);
    expect(gateway.openai.requests).toEqual([]);
  });

  it('is told what was dropped, where the route has it so', async () => {
    gateway.openai.reset(json(openAiAnswer));
    const got = await gateway.post('/dropping/api/generate', {
      model: 'gpt',
      stream: false,
      prompt: 'Hi',
      suffix: 'x',
    });
    expect([got.status, got.headers.get('x-gatehouse-dropped')]).toEqual([200, '/suffix']);
  });

  it('gets kept answers in its own form, whole and streamed, and none of a chat', async () => {
    gateway.openai.reset(json(openAiAnswer));
    const messages = [{ role: 'user', content: 'Hi' }];
    const post = (path: string, body: object) =>
      gateway.post(`/ai/api/${path}`, { model: 'kept', stream: false, ...body });
    await (await post('chat', { messages })).text();
    for (let times = 0; times < 2; times++) {
      const got = await post('generate', { prompt: 'Hi' });
      expect(await got.json()).toMatchObject({ response: 'Hello!', done: true });
    }
    expect(gateway.openai.requests).toHaveLength(2);
    const streamed = await (await post('generate', { prompt: 'Hi', stream: true })).text();
    expect(gateway.openai.requests).toHaveLength(2);
    const texts = streamed
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { response: string }).response);
    expect(texts.join('')).toBe('Hello!');
  });

  it('a member that is there twice is refused', async () => {
    const got = await gateway.post('/ai/api/generate', '{"model":"gpt","prompt":"a","prompt":"b"}');
    expect(got.status).toBe(400);
  });

  it('a provider’s error is told as Ollama does', async () => {
    gateway.openai.reset(json({ error: { message: 'Odd.' } }, 400));
    await expect(ollama.generate({ model: 'gpt', prompt: 'Hi' })).rejects.toMatchObject({ status_code: 400 });
  });
});
