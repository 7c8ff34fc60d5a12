import { generateKeyPairSync } from 'node:crypto';
import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { bedrockInvokes } from '../gateway/ai/bedrock-sdk.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderServer, startProvider } from './provider-server.js';
import { isSigned } from './verify-sigv4.js';

const ID = 'AKIAIOSFODNN7EXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TEXTS = ['Grüezi', 'Welt'];
/** Such as 32-bit floats have. */
const VECTORS = [
  [0.5, -1],
  [0.25, 2],
];
const AT = '/v1/projects/our-project/locations/europe-west4/publishers/google/models';
const SOMEBODY = { getRequestHeaders: () => Promise.resolve(new Headers()) } as never;

let gateway: AiGateway;
let vertex: ProviderServer;
let tokens: ProviderServer;
let aws: ProviderServer;
let local: ProviderServer;
let openai: OpenAI;
let google: GoogleGenAI;
let ollama: Ollama;

beforeAll(async () => {
  [gateway, vertex, tokens, aws, local] = await Promise.all([
    startAiGateway(),
    startProvider(),
    startProvider(),
    startProvider(),
    startProvider(),
  ]);
  tokens.reset(json({ access_token: 'ya29.token', expires_in: 3_599, token_type: 'Bearer' }));
  const settings = { project: 'our-project', location: 'europe-west4' };
  await provider('vertex', vertex.url, account(), settings);
  await provider('bedrock', aws.url, `${ID}:${SECRET}`, { region: 'eu-central-1' });
  await provider('ollama', `${local.url}/v1`, 'none');
  await gateway.addModel('v-old', ['vertex/gemini-embedding-001']);
  await gateway.addModel('v-new', ['vertex/gemini-embedding-2']);
  await gateway.addModel('titan', ['bedrock/amazon.titan-embed-text-v2:0']);
  await gateway.addModel('titan-1', ['bedrock/amazon.titan-embed-text-v1']);
  await gateway.addModel('cohere', ['bedrock/eu.cohere.embed-v4:0']);
  await gateway.addModel('cohere-3', ['bedrock/cohere.embed-multilingual-v3']);
  await gateway.addModel('claude-b', ['bedrock/anthropic.claude-opus-4-5-20251101-v1:0']);
  await gateway.addModel('local', ['ollama/nomic-embed-text']);
  const base = `${gateway.url}/ai`;
  openai = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'x', maxRetries: 0 });
  google = new GoogleGenAI({ apiKey: 'x', httpOptions: { baseUrl: base } });
  ollama = new Ollama({ host: base });
});
afterAll(() => Promise.all([gateway, vertex, tokens, aws, local].map((one) => one?.stop())));

async function provider(name: string, base_url: string, key: string, settings?: object): Promise<void> {
  const keys = [{ name: 'main', key }];
  await gateway.add('ai-providers', { name, type: name, base_url, keys, ...(settings ? { settings } : {}) });
}

function account(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return JSON.stringify({
    type: 'service_account',
    project_id: 'our-project',
    private_key_id: 'key-1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'gateway@our-project.iam.gserviceaccount.com',
    token_uri: `${tokens.url}/token`,
  });
}

const openAiAnswer = (vectors: readonly number[][]) => ({
  object: 'list',
  data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  model: 'e',
  usage: { prompt_tokens: 7, total_tokens: 7 },
});
const geminiAnswer = (vectors: readonly number[][]) => ({
  embeddings: vectors.map((values) => ({ values })),
  usageMetadata: { promptTokenCount: 7 },
});
const predictAnswer = (vectors: readonly number[][]) => ({
  predictions: vectors.map((values, index) => ({
    embeddings: { values, statistics: { token_count: index + 3, truncated: false } },
  })),
});

/** Each provider, what it answers, and what it is asked. */
const PROVIDERS: [
  string,
  string,
  () => ProviderServer,
  (vectors: readonly number[][]) => object,
  { path: string; body: object },
  Record<string, string>?,
][] = [
  [
    'OpenAI',
    'gpt',
    () => gateway.openai,
    openAiAnswer,
    {
      path: '/v1/embeddings',
      body: { model: 'gpt-5-mini', input: TEXTS, dimensions: 2 },
    },
  ],
  [
    'Ollama',
    'local',
    () => local,
    openAiAnswer,
    {
      path: '/v1/embeddings',
      body: { model: 'nomic-embed-text', input: TEXTS, dimensions: 2 },
    },
  ],
  [
    'Gemini',
    'flash',
    () => gateway.gemini,
    geminiAnswer,
    {
      path: '/v1beta/models/gemini-2.5-flash:batchEmbedContents',
      body: {
        requests: TEXTS.map((text) => ({
          model: 'models/gemini-2.5-flash',
          content: { parts: [{ text }] },
          outputDimensionality: 2,
        })),
      },
    },
  ],
  [
    'Vertex AI',
    'v-old',
    () => vertex,
    predictAnswer,
    {
      path: `${AT}/gemini-embedding-001:predict`,
      body: {
        instances: TEXTS.map((content) => ({ content })),
        parameters: { outputDimensionality: 2 },
      },
    },
  ],
  [
    'Cohere’s on Bedrock',
    'cohere',
    () => aws,
    (float) => ({ id: '1', embeddings: { float }, texts: TEXTS, response_type: 'embeddings_by_type' }),
    {
      path: '/model/eu.cohere.embed-v4%3A0/invoke',
      body: {
        texts: TEXTS,
        input_type: 'search_document',
        embedding_types: ['float'],
        output_dimension: 2,
      },
    },
    { 'x-amzn-bedrock-input-token-count': '7' },
  ],
];

describe.each(PROVIDERS)('vectors of %s', (_, model, server, answer, asked, headers) => {
  const reset = () => server().reset(json(answer(VECTORS), 200, headers));

  function expectAsked(): void {
    expect(server().requests).toHaveLength(1);
    const [{ path, json: body }] = server().requests as [ProviderServer['requests'][number]];
    expect(path).toBe(asked.path);
    expect(body).toMatchObject(asked.body);
  }

  it('for OpenAI’s SDK', async () => {
    reset();
    const got = await openai.embeddings.create({ model, input: TEXTS, dimensions: 2 });
    expect(got.data.map(({ embedding, index }) => [index, embedding])).toEqual([
      [0, VECTORS[0]],
      [1, VECTORS[1]],
    ]);
    expect(got.usage.prompt_tokens).toBe(7);
    expectAsked();
  });

  it('for Google’s SDK', async () => {
    reset();
    const got = await google.models.embedContent({
      model,
      contents: TEXTS,
      config: { outputDimensionality: 2 },
    });
    expect(got.embeddings?.map(({ values }) => values)).toEqual(VECTORS);
    expectAsked();
  });

  it('for Ollama’s SDK', async () => {
    reset();
    const got = await ollama.embed({ model, input: TEXTS, dimensions: 2, truncate: true, keep_alive: '5m' });
    expect([got.embeddings, got.prompt_eval_count]).toEqual([VECTORS, 7]);
    expectAsked();
  });

  it('are not as many as texts: that is no answer', async () => {
    server().reset(json(answer([VECTORS[0]!]), 200, headers));
    const got = await gateway.post('/ai/api/embed', { model, input: TEXTS });
    expect([got.status, await got.text()]).toEqual([502, expect.stringContaining('error')]);
  });
});

describe('Vertex AI', () => {
  it.each([
    ['gemini-embedding-001', 'v-old', predictAnswer(VECTORS.slice(0, 1))],
    [
      'gemini-embedding-2',
      'v-new',
      { embedding: { values: VECTORS[0] }, usageMetadata: { promptTokenCount: 3 }, truncated: false },
    ],
  ])('is asked as Google’s own client asks it: %s', async (theirModel, model, answer) => {
    vertex.reset(json(answer));
    const config = { taskType: 'RETRIEVAL_DOCUMENT', title: 'Greeting', outputDimensionality: 2 };
    const got = await google.models.embedContent({ model, contents: 'Grüezi', config });
    expect(got.embeddings?.[0]?.values).toEqual(VECTORS[0]);
    const sdk = new GoogleGenAI({
      vertexai: true,
      project: 'our-project',
      location: 'europe-west4',
      googleAuthOptions: { authClient: SOMEBODY },
      httpOptions: { baseUrl: vertex.url, apiVersion: 'v1' },
    });
    await sdk.models.embedContent({ model: theirModel, contents: 'Grüezi', config });
    const [ours, theirs] = vertex.requests;
    expect([ours!.path, ours!.json]).toEqual([theirs!.path, theirs!.json]);
    expect(ours!.headers.authorization).toBe('Bearer ya29.token');
  });

  it('tells how many tokens there were', async () => {
    vertex.reset(json(predictAnswer(VECTORS)));
    const got = await openai.embeddings.create({ model: 'v-old', input: TEXTS });
    expect(got.usage).toEqual({ prompt_tokens: 7, total_tokens: 7 });
  });
});

describe('Bedrock', () => {
  const titan = { embedding: VECTORS[0], inputTextTokenCount: 4, embeddingsByType: { float: VECTORS[0] } };

  it('is invoked and signed as AWS’s own client does it', async () => {
    aws.reset(json(titan));
    const got = await openai.embeddings.create({ model: 'titan', input: 'Grüezi', dimensions: 256 });
    expect([got.data[0]!.embedding, got.usage.prompt_tokens]).toEqual([VECTORS[0], 4]);
    const theirs = await bedrockInvokes({
      modelId: 'amazon.titan-embed-text-v2:0',
      contentType: 'application/json',
      body: JSON.stringify({ inputText: 'Grüezi', dimensions: 256 }),
    });
    const [ours] = aws.requests;
    expect([ours!.path, ours!.body]).toEqual([theirs.path, theirs.body]);
    expect(isSigned(ours!, SECRET)).toBe(true);
  });

  it.each([
    ['RETRIEVAL_QUERY', 'search_query'],
    ['CLASSIFICATION', 'classification'],
    ['CLUSTERING', 'clustering'],
  ])('tells Cohere that it is for %s', async (taskType, type) => {
    aws.reset(json({ embeddings: [VECTORS[0]] }));
    await google.models.embedContent({ model: 'cohere-3', contents: 'Hi', config: { taskType } });
    expect(aws.requests[0]!.json).toEqual({ texts: ['Hi'], input_type: type, embedding_types: ['float'] });
  });

  it('has none for models that only talk', async () => {
    const got = await gateway.post('/ai/v1/embeddings', { model: 'claude-b', input: 'Hi' });
    expect([got.status, await got.text()]).toEqual([400, expect.stringContaining('unsupported_operation')]);
  });
});

describe('what a provider cannot be told', () => {
  it.each<[string, string, object, string]>([
    ['several texts', 'titan', { input: TEXTS }, '/input/1'],
    ['several texts', 'v-new', { input: TEXTS }, '/input/1'],
    ['a size', 'titan-1', { input: 'Hi', dimensions: 2 }, '/dimensions'],
    ['a size', 'cohere-3', { input: 'Hi', dimensions: 2 }, '/dimensions'],
    ['tokens', 'titan', { input: [1, 2] }, '/input'],
    ['what is new', 'titan', { input: 'Hi', x_new: 1 }, '/x_new'],
  ])('%s, of %s, is refused by its name', async (_, model, body, pointer) => {
    aws.reset(json({}));
    vertex.reset(json({}));
    const got = await gateway.post('/ai/v1/embeddings', { model, ...body });
    expect([got.status, await got.text()]).toEqual([400, expect.stringContaining(pointer)]);
    expect([...aws.requests, ...vertex.requests]).toEqual([]);
  });

  it('a task, of OpenAI’s API, is refused by its name; a user is a hint', async () => {
    gateway.openai.reset(json(openAiAnswer(VECTORS.slice(0, 1))));
    const task = google.models.embedContent({
      model: 'gpt',
      contents: 'Hi',
      config: { taskType: 'CLUSTERING' },
    });
    await expect(task).rejects.toThrow('taskType');
    expect(gateway.openai.requests).toEqual([]);
    aws.reset(json({ embedding: VECTORS[0], inputTextTokenCount: 4 }));
    expect((await openai.embeddings.create({ model: 'titan', input: 'Hi', user: 'anna' })).data).toHaveLength(
      1,
    );
  });

  it('an error of the provider is told in the caller’s words', async () => {
    aws.reset(
      json({ message: 'Malformed input request.' }, 400, { 'x-amzn-errortype': 'ValidationException' }),
    );
    const got = openai.embeddings.create({ model: 'titan', input: 'Hi' });
    await expect(got).rejects.toMatchObject({ status: 400, message: expect.stringContaining('Malformed') });
  });
});
