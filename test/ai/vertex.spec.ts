import { generateKeyPairSync } from 'node:crypto';
import { GoogleGenAI } from '@google/genai';
import { createLocalJWKSet, exportJWK, jwtVerify } from 'jose';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderServer, startProvider, stream } from './provider-server.js';
import { anthropicAnswer, anthropicStream, geminiAnswer, geminiStream } from './wire-shapes.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const HI = { messages: [{ role: 'user', content: 'Hi' }] };
/** Who the client is does not matter here: only where it asks. */
const SOMEBODY = { getRequestHeaders: () => Promise.resolve(new Headers()) } as never;
const AT = '/v1/projects/our-project/locations/europe-west4/publishers';

let gateway: AiGateway;
let vertex: ProviderServer;
let tokens: ProviderServer;
let account: string;

beforeAll(async () => {
  [gateway, vertex, tokens] = await Promise.all([startAiGateway(), startProvider(), startProvider()]);
  account = keyOf();
  await provider('vertex', account);
  await gateway.addModel('gemini-v', ['vertex/gemini-2.5-flash']);
  await gateway.addModel('claude-v', ['vertex/claude-opus-4-5@20251101']);
});
afterAll(() => Promise.all([gateway?.stop(), vertex?.stop(), tokens?.stop()]));
beforeEach(() => {
  vertex.reset(json(geminiAnswer));
  tokens.reset(json({ access_token: 'ya29.token', expires_in: 3_599, token_type: 'Bearer' }));
});

/** What Google gives out for a service account. */
function keyOf(more: object = {}): string {
  return JSON.stringify(
    {
      type: 'service_account',
      project_id: 'our-project',
      private_key_id: 'key-1',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      client_email: 'gateway@our-project.iam.gserviceaccount.com',
      client_id: '1',
      token_uri: `${tokens.url}/token`,
      ...more,
    },
    undefined,
    2,
  );
}

async function provider(name: string, key: string, settings: object = {}): Promise<void> {
  await gateway.add('ai-providers', {
    name,
    type: 'vertex',
    base_url: vertex.url,
    keys: [{ name: 'main', key }],
    settings: { project: 'our-project', location: 'europe-west4', ...settings },
  });
}

const ask = (model: string, more: object = {}) =>
  gateway.post('/ai/v1/chat/completions', { model, ...HI, ...more });

describe('the credential for Vertex AI', () => {
  it('is a token, got by an assertion that the service account signed (RFC 7523 §2.1, §3), once for all calls', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => ask('gemini-v')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(tokens.requests).toHaveLength(1);
    const form = new URLSearchParams(tokens.requests[0]!.body);
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const keys = createLocalJWKSet({
      keys: [{ ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256' }],
    });
    const { payload } = await jwtVerify(form.get('assertion')!, keys, {
      audience: `${tokens.url}/token`,
      issuer: 'gateway@our-project.iam.gserviceaccount.com',
      maxTokenAge: 60,
    });
    expect(payload).toMatchObject({ scope: 'https://www.googleapis.com/auth/cloud-platform' });
    expect(payload.exp! - payload.iat!).toBe(3_600);
    for (const { headers } of vertex.requests) expect(headers.authorization).toBe('Bearer ya29.token');
  });

  it('is none where the account is gone: the key is left out', async () => {
    tokens.reset(json({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }, 400));
    await provider('gone', keyOf({ client_email: 'gone@our-project.iam.gserviceaccount.com' }));
    await gateway.addModel('gone', ['gone/gemini-2.5-flash']);
    const answer = await ask('gone');
    expect([answer.status, await answer.text()]).toEqual([
      502,
      expect.stringContaining('upstream_credentials_exhausted'),
    ]);
    expect(vertex.requests).toHaveLength(0);
  });

  it.each([['a text'], ['{"type":"authorized_user"}'], ['{}']])('is not made of %s', async (key) => {
    await expect(provider('wrong', key)).rejects.toMatchObject({
      errors: [{ pointer: '/keys/0/key', detail: 'must be the JSON of a key of a service account' }],
    });
  });

  it.each([{ project: 'a/../b' }, { location: 'evil.example/' }])(
    'goes nowhere else by %o',
    async (settings) => {
      await expect(provider('wrong', account, settings)).rejects.toMatchObject({ status: 422 });
    },
  );
});

describe('Gemini on Vertex AI', () => {
  it.each([false, true])("is asked as Google's own client asks it, stream: %s", async (isStream) => {
    vertex.reset(isStream ? stream(geminiStream) : json(geminiAnswer));
    await (await ask('gemini-v', { stream: isStream })).text();
    const sdk = new GoogleGenAI({
      vertexai: true,
      project: 'our-project',
      location: 'europe-west4',
      googleAuthOptions: { authClient: SOMEBODY },
      httpOptions: { baseUrl: vertex.url, apiVersion: 'v1' },
    });
    const params = { model: 'gemini-2.5-flash', contents: 'Hi' };
    if (isStream) for await (const _ of await sdk.models.generateContentStream(params));
    else await sdk.models.generateContent(params);
    const [ours, theirs] = vertex.requests;
    expect(ours!.path).toBe(theirs!.path);
    expect(ours!.path).toBe(
      `${AT}/google/models/gemini-2.5-flash:${isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    );
    expect(ours!.json.contents).toEqual(theirs!.json.contents);
  });

  it('passes a body of its own dialect through as it is', async () => {
    const body = '{"contents": [{"role":"user", "parts":[{"text":"Hi"}]}], "x_new": 1.0}';
    await gateway.post('/ai/v1beta/models/gemini-v:generateContent', body);
    await gateway.post('/ai/v1beta/models/gemini-v:countTokens', body);
    expect(vertex.requests[0]!.body).toBe(body);
    expect(vertex.requests[1]!.path).toBe(`${AT}/google/models/gemini-2.5-flash:countTokens`);
  });
});

describe('Claude on Vertex AI', () => {
  const body =
    '{"max_tokens":9, "model" : "claude-v", "messages":[{"role":"user","content":"Hi"}], "x_new":1.0}';

  it('has a version in place of the model, and every other byte as it is', async () => {
    vertex.reset(json(anthropicAnswer));
    const answer = await gateway.post('/ai/v1/messages', body, { 'anthropic-beta': 'a-2026-01-01' });
    expect(await answer.json()).toEqual(anthropicAnswer);
    const [asked] = vertex.requests;
    expect(asked!.path).toBe(`${AT}/anthropic/models/claude-opus-4-5@20251101:rawPredict`);
    expect(asked!.body).toBe(
      body.replace('"model" : "claude-v"', '"anthropic_version" : "vertex-2023-10-16"'),
    );
    expect(asked!.headers).toMatchObject({
      authorization: 'Bearer ya29.token',
      'anthropic-beta': 'a-2026-01-01',
    });
    expect(asked!.headers).not.toHaveProperty('x-api-key');
  });

  it('is converted, and streamed, for others', async () => {
    vertex.reset(stream(anthropicStream));
    const text = await (await ask('claude-v', { stream: true })).text();
    expect(text).toContain('"content":"Hel"');
    const [asked] = vertex.requests;
    expect(asked!.path).toBe(`${AT}/anthropic/models/claude-opus-4-5@20251101:streamRawPredict`);
    expect(asked!.json).toMatchObject({ anthropic_version: 'vertex-2023-10-16', stream: true });
    expect(asked!.json).not.toHaveProperty('model');
  });

  it('counts tokens, with the model in the body', async () => {
    vertex.reset(json({ input_tokens: 3 }));
    expect(await (await gateway.post('/ai/v1/messages/count_tokens', body)).json()).toEqual({
      input_tokens: 3,
    });
    expect(vertex.requests[0]).toMatchObject({
      path: `${AT}/anthropic/models/count-tokens:rawPredict`,
      json: { model: 'claude-opus-4-5@20251101' },
    });
  });

  it('takes no other version', async () => {
    const answer = await gateway.post('/ai/v1/messages', body.replace('{', '{"anthropic_version":"x",'));
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('/anthropic_version'),
    ]);
  });

  it('costs what the table of prices says of Google', async () => {
    vertex.reset(json(anthropicAnswer));
    expect((await gateway.post('/ai/v1/messages', body)).headers.get('x-gatehouse-cost')).toBe('0.000122');
  });
});

describe('what goes wrong at Vertex AI', () => {
  it.each([
    ['a model that the account may not use', 403, 'IAM_PERMISSION_DENIED', 'upstream_model_not_found'],
    ['a project without the API', 403, 'SERVICE_DISABLED', 'upstream_credentials_exhausted'],
    ['a quota that is used up', 429, 'RATE_LIMIT_EXCEEDED', 'rate_limit_exceeded'],
  ])('%s', async (what, status, reason, code) => {
    const name = reason.toLowerCase().replaceAll('_', '-');
    await provider(name, account);
    await gateway.addModel(name, [`${name}/gemini-2.5-flash`], { retries: { tries: 1 } });
    vertex.reset(
      json({ error: { code: status, message: what, status: 'X', details: [{ reason }] } }, status),
    );
    expect(await (await ask(name)).text()).toContain(code);
  });
});
