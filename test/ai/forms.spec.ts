import OpenAI, { toFile } from 'openai';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderAnswer, stream } from './provider-server.js';

/** Bytes that are no text: what is between the boundaries must come as it was sent. */
const SOUND = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 7) % 256));
const TRANSCRIPT = {
  text: 'Hello.',
  usage: {
    type: 'tokens',
    input_tokens: 14,
    output_tokens: 3,
    total_tokens: 17,
    input_token_details: { audio_tokens: 14, text_tokens: 0 },
  },
};

let gateway: AiGateway;
let openai: OpenAI;

beforeAll(async () => {
  gateway = await startAiGateway();
  openai = new OpenAI({ baseURL: `${gateway.url}/ai/v1`, apiKey: 'x', maxRetries: 0 });
  await gateway.addModel('ears', ['openai/gpt-4o-transcribe']);
  await gateway.addModel('painter', ['openai/gpt-image-1']);
  await gateway.addRoute({ name: 'small', match: { paths: ['/small'] }, ai: { max_body: 50_000 } });
  await gateway.add('ai-providers', {
    name: 'two-keys',
    type: 'openai',
    base_url: `${gateway.openai.url}/v1`,
    keys: ['one', 'two'].map((name) => ({ name, key: `key-${name}-0123456789` })),
  });
  await gateway.addModel('two', ['two-keys/whisper-1']);
});
afterAll(() => gateway?.stop());
beforeEach(() => gateway.openai.reset(json(TRANSCRIPT)));

const sound = () => toFile(SOUND, 'speech.mp3', { type: 'audio/mpeg' });
const asked = () => gateway.openai.requests.at(-1)!;

/** What the provider got, as a form reader of its own has it. */
function formAsked(): Promise<FormData> {
  const { bytes, headers } = asked();
  return new Response(new Uint8Array(bytes), {
    headers: { 'content-type': headers['content-type']! },
  }).formData();
}

function text(body: string, type: string): ProviderAnswer {
  return (_, response) => {
    response.writeHead(200, { 'content-type': type });
    response.end(body);
  };
}

describe('forms of the OpenAI SDK', () => {
  it('transcribe: the model by its alias, and the file as it is', async () => {
    const got = await openai.audio.transcriptions.create({
      file: await sound(),
      model: 'ears',
      language: 'en',
    });
    expect(got.text).toBe('Hello.');
    const form = await formAsked();
    expect([form.get('model'), form.get('language')]).toEqual(['gpt-4o-transcribe', 'en']);
    expect(Buffer.from(await (form.get('file') as File).arrayBuffer()).equals(SOUND)).toBe(true);
    expect(asked().path).toBe('/v1/audio/transcriptions');
  });

  it('transcribe in a stream', async () => {
    const event = (one: object) => `data: ${JSON.stringify(one)}\n\n`;
    const done = { type: 'transcript.text.done', text: 'Hello.', usage: TRANSCRIPT.usage };
    gateway.openai.reset(stream(event({ type: 'transcript.text.delta', delta: 'Hello.' }) + event(done), 9));
    const events = [];
    for await (const one of await openai.audio.transcriptions.create({
      file: await sound(),
      model: 'ears',
      stream: true,
    })) {
      events.push(one.type);
    }
    expect(events).toEqual(['transcript.text.delta', 'transcript.text.done']);
  });

  it.each(['srt', 'vtt', 'text'] as const)('transcribe as %s', async (format) => {
    gateway.openai.reset(text('1\n00:00 --> 00:01\nHello.\n', 'text/plain; charset=utf-8'));
    const got: unknown = await openai.audio.transcriptions.create({
      file: await sound(),
      model: 'two',
      response_format: format,
    });
    expect(got).toContain('Hello.');
  });

  it('translate', async () => {
    await openai.audio.translations.create({ file: await sound(), model: 'ears' });
    expect(asked().path).toBe('/v1/audio/translations');
  });

  it('edit images, of which there are several, and vary one', async () => {
    gateway.openai.reset(json({ created: 1, data: [{ b64_json: 'AA==' }] }));
    const image = await toFile(SOUND, 'a.png', { type: 'image/png' });
    await openai.images.edit({ model: 'painter', image: [image, image], prompt: 'Zürich' });
    const form = await formAsked();
    expect([form.get('model'), form.get('prompt'), form.getAll('image[]').length]).toEqual([
      'gpt-image-1',
      'Zürich',
      2,
    ]);
    await openai.images.createVariation({ model: 'painter', image });
    expect(gateway.openai.requests.map(({ path }) => path)).toEqual([
      '/v1/images/edits',
      '/v1/images/variations',
    ]);
  });
});

const form = (...fields: [string, string | Blob][]) => {
  const made = new FormData();
  for (const [name, value] of fields) made.append(name, value);
  return made;
};
const post = (body: FormData, path = '/ai/v1/audio/transcriptions') =>
  fetch(`${gateway.url}${path}`, { method: 'POST', body });
const blob = new Blob([SOUND]);

describe('a form', () => {
  it('may say the model after the file', async () => {
    expect((await post(form(['file', blob], ['model', 'ears']))).status).toBe(200);
    expect((await formAsked()).get('model')).toBe('gpt-4o-transcribe');
  });

  it('is bounded', async () => {
    expect(
      (await post(form(['file', blob], ['model', 'ears']), '/small/v1/audio/transcriptions')).status,
    ).toBe(413);
  });

  it('goes to the next key', async () => {
    let first = true;
    gateway.openai.reset((request, response) => {
      const answer = first ? json({ error: { message: 'no' } }, 401) : json(TRANSCRIPT);
      first = false;
      return answer(request, response);
    });
    expect((await post(form(['file', blob], ['model', 'two']))).status).toBe(200);
    const [one, two] = gateway.openai.requests;
    expect(one!.bytes.equals(two!.bytes)).toBe(true);
    expect(one!.headers.authorization).not.toBe(two!.headers.authorization);
  });

  it.each([
    ['names no model', form(['file', blob]), 400],
    ['names two', form(['model', 'ears'], ['model', 'gpt'], ['file', blob]), 400],
    ['names one twice by letters', form(['model', 'ears'], ['MODEL', 'gpt'], ['file', blob]), 400],
    ['names one that may not be called', form(['model', 'nobody'], ['file', blob]), 404],
    ['is for a provider that has no such thing', form(['model', 'claude'], ['file', blob]), 400],
  ])('that %s is refused', async (_, body, status) => {
    expect((await post(body)).status).toBe(status);
    expect(gateway.openai.requests).toHaveLength(0);
  });

  it('costs what was used of it, sound by its own price', async () => {
    const answer = await post(form(['file', blob], ['model', 'ears']));
    expect(Number(answer.headers.get('x-gatehouse-cost'))).toBeGreaterThan(0);
  });
});
