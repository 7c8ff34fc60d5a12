import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { answerEvents } from '../../apps/gateway/src/ai/dialects/answer-events.js';
import { bedrockSends } from '../gateway/ai/bedrock-sdk.js';
import { converseAnswer, converseStream, message } from '../gateway/ai/bedrock-wire.js';
import { ANSWER } from '../gateway/ai/samples.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderAnswer, type ProviderServer, startProvider } from './provider-server.js';
import { isSigned } from './verify-sigv4.js';

const ID = 'AKIAIOSFODNN7EXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TOKEN = 'IQoJb3JpZ2luX2VjEXAMPLE//token==';
const MODEL = 'eu.anthropic.claude-opus-4-5-20251101-v1:0';
const HI = { messages: [{ role: 'user' as const, content: 'Hi' }] };
const TOOL = { name: 'weather', parameters: { type: 'object' as const, properties: {} } };

let gateway: AiGateway;
let aws: ProviderServer;

beforeAll(async () => {
  [gateway, aws] = await Promise.all([startAiGateway(), startProvider()]);
  await provider('bedrock', `${ID}:${SECRET}`);
});
afterAll(() => Promise.all([gateway?.stop(), aws?.stop()]));
beforeEach(() => aws.reset(json(converseAnswer(ANSWER))));

async function provider(name: string, key: string, model = MODEL): Promise<void> {
  await gateway.add('ai-providers', {
    name,
    type: 'bedrock',
    base_url: aws.url,
    keys: [{ name: 'main', key }],
    settings: { region: 'eu-central-1' },
  });
  await gateway.addModel(name, [`${name}/${model}`], { retries: { tries: 1 } });
}

const ask = (model: string, more: object = {}) =>
  gateway.post('/ai/v1/chat/completions', { model, ...HI, ...more });

/** A stream of AWS's frames, in pieces of a size. */
function frames(bytes: Buffer, size = Infinity): ProviderAnswer {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    for (let at = 0; at < bytes.length; at += size) {
      response.write(bytes.subarray(at, at + size));
      if (size !== Infinity) await new Promise((done) => setImmediate(done));
    }
    response.end();
  };
}

describe('the signature of a request to Bedrock (AWS Signature Version 4)', () => {
  it.each([
    ['of a key', 'bedrock'],
    ['of a key with a session', 'session'],
    ['for an inference profile by its ARN', 'profile'],
  ])("%s is what AWS's own client has", async (_, name) => {
    const sessionToken = name === 'session' ? TOKEN : undefined;
    const modelId =
      name === 'profile' ? `arn:aws:bedrock:eu-central-1:123456789012:inference-profile/${MODEL}` : MODEL;
    if (name !== 'bedrock')
      await provider(name, [ID, SECRET, ...(sessionToken ? [sessionToken] : [])].join(':'), modelId);
    expect((await ask(name)).status).toBe(200);
    const [ours] = aws.requests;
    const theirs = await bedrockSends(
      { modelId, messages: [{ role: 'user', content: [{ text: 'Hi' }] }] },
      { accessKeyId: ID, secretAccessKey: SECRET, ...(sessionToken ? { sessionToken } : {}) },
    );
    expect(ours!.path).toBe(theirs.path);
    expect(ours!.json).toMatchObject(theirs.json);
    for (const request of [ours!, theirs]) {
      expect(isSigned(request, SECRET)).toBe(true);
      expect(isSigned({ ...request, body: `${request.body} ` }, SECRET)).toBe(false);
      expect(request.headers['x-amz-security-token']).toBe(sessionToken);
      expect(request.headers.authorization).toContain(`Credential=${ID}/`);
    }
    expect(JSON.stringify(ours!.headers)).not.toContain(SECRET);
  });

  it('is not needed with an API key of Bedrock, which is a bearer token', async () => {
    await provider('api-key', 'ABSKQmVkcm9ja0FQSUtleS1hYmNk');
    await ask('api-key');
    expect(aws.requests[0]!.headers.authorization).toBe('Bearer ABSKQmVkcm9ja0FQSUtleS1hYmNk');
  });

  it('needs credentials and a region that are some', async () => {
    await expect(provider('wrong', `${ID}:`)).rejects.toMatchObject({ errors: [{ pointer: '/keys/0/key' }] });
    const definition = { name: 'nowhere', type: 'bedrock', settings: { region: 'evil.example/' } };
    await expect(gateway.add('ai-providers', definition)).rejects.toMatchObject({
      errors: expect.arrayContaining([expect.objectContaining({ pointer: '/settings/region' })]) as object,
    });
  });
});

describe('models of Bedrock for the SDKs of others', () => {
  const tools = [{ type: 'function' as const, function: TOOL }];

  it.each([Infinity, 1, 13])("stream to OpenAI's, in pieces of %d bytes", async (size) => {
    aws.reset(frames(converseStream(answerEvents(ANSWER)), size));
    const openai = new OpenAI({ baseURL: `${gateway.url}/ai/v1`, apiKey: 'x', maxRetries: 0 });
    const stream = openai.chat.completions.stream({
      model: 'bedrock',
      ...HI,
      tools,
      stream_options: { include_usage: true },
    });
    const { choices, usage, model } = await stream.finalChatCompletion();
    expect(aws.requests[0]).toMatchObject({
      path: `/model/${encodeURIComponent(MODEL)}/converse-stream`,
      headers: { accept: 'application/vnd.amazon.eventstream' },
    });
    expect(choices[0]!.finish_reason).toBe('tool_calls');
    expect(
      choices[0]!.message.tool_calls?.map(
        (call) => 'function' in call && [call.id.split('__')[0], call.function.name, call.function.arguments],
      ),
    ).toEqual([
      ['call_1', 'weather', '{"city":"Zürich","days":0}'],
      ['call_2', 'now', '{}'],
    ]);
    expect(usage).toMatchObject({
      prompt_tokens: 100,
      completion_tokens: 40,
      prompt_tokens_details: { cached_tokens: 60 },
    });
    expect(model).toBe(MODEL);
  });

  it("stream to Anthropic's, with what was thought and its signature", async () => {
    aws.reset(frames(converseStream(answerEvents(ANSWER))));
    const anthropic = new Anthropic({ baseURL: `${gateway.url}/ai`, apiKey: 'x', maxRetries: 0 });
    const got = await anthropic.messages.stream({ model: 'bedrock', max_tokens: 100, ...HI }).finalMessage();
    expect(got.content.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use', 'tool_use']);
    expect(got.content[0]).toMatchObject({ thinking: 'Two cities, two calls.', signature: 'EqQB/+=' });
    expect(got.usage).toMatchObject({ input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 40 });
  });

  it("answer Google's", async () => {
    const google = new GoogleGenAI({ apiKey: 'x', httpOptions: { baseUrl: `${gateway.url}/ai` } });
    const got = await google.models.generateContent({ model: 'bedrock', contents: 'Hi' });
    expect(got.functionCalls?.map(({ name }) => name)).toEqual(['weather', 'now']);
    expect(got.usageMetadata).toMatchObject({ promptTokenCount: 100 });
  });

  it('cost what the table of prices says of AWS', async () => {
    const answer = await ask('bedrock');
    expect(Number(answer.headers.get('x-gatehouse-cost'))).toBeGreaterThan(0);
  });
});

describe('what goes wrong at Bedrock', () => {
  const failing = async (status: number, text: string) => {
    const name = `failing-${status}-${text.length}`;
    await provider(name, `${ID}:${SECRET}`);
    aws.reset(json({ message: text }, status, { 'x-amzn-errortype': 'Some:http://x/' }));
    const got = await ask(name);
    return [got.status, ((await got.json()) as { error: { code: string } }).error.code];
  };

  it.each([
    [403, 'The security token included in the request is invalid.', 502, 'upstream_credentials_exhausted'],
    [403, "You don't have access to the model with the specified model ID.", 502, 'upstream_model_not_found'],
    [400, 'The provided model identifier is invalid.', 502, 'upstream_model_not_found'],
    [400, 'messages.0.content: Member must not be null', 400, null],
    [424, 'The model failed', 502, 'upstream_failed'],
    [429, 'Too many tokens, please wait before trying again.', 429, 'rate_limit_exceeded'],
    [503, 'unavailable', 502, 'upstream_failed'],
  ])('%i %s is %i %s', async (status, text, ...told) => {
    expect(await failing(status, text)).toEqual(told);
  });

  it('before the first token asks the next target', async () => {
    gateway.openai.reset(json({ error: { message: 'x' } }, 500));
    await gateway.addModel('either', [`bedrock/${MODEL}`, 'api-key/other'], { retries: { tries: 1 } });
    aws.reset((request, response) => {
      const isFirst = request.path.includes(encodeURIComponent(MODEL));
      const start = message('messageStart', { role: 'assistant' });
      const failed = message('serviceUnavailableException', { message: 'no' }, 'exception');
      return frames(isFirst ? Buffer.concat([start, failed]) : converseStream(answerEvents(ANSWER)))(
        request,
        response,
      );
    });
    expect(await (await ask('either', { stream: true })).text()).toContain('Zürich');
    expect(aws.requests).toHaveLength(2);
  });

  it('after it ends the stream with an error: cut, or damaged', async () => {
    const stream = converseStream(answerEvents(ANSWER));
    const damaged = Buffer.from(stream);
    damaged[stream.length - 10] = damaged.at(-10)! ^ 1;
    for (const bytes of [stream.subarray(0, stream.length - 400), damaged]) {
      aws.reset(frames(bytes, 100));
      const text = await (await ask('bedrock', { stream: true })).text();
      expect(text).toMatch(/"code":"upstream_(?:stream_cut|answer_unreadable)"/);
    }
  });
});
