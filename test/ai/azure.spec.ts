import { AzureOpenAI } from 'openai';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderServer, startProvider } from './provider-server.js';
import { openAiAnswer } from './wire-shapes.js';

const HI = { messages: [{ role: 'user', content: 'Hi' }] };
const SECRET = 'client-secret-0123456789abcdef';
const ENTRA = { tenant: 'contoso.com', client_id: 'app-1' };

let gateway: AiGateway;
let azure: ProviderServer;
let entra: ProviderServer;

beforeAll(async () => {
  [gateway, azure, entra] = await Promise.all([startAiGateway(), startProvider(), startProvider()]);
});
afterAll(() => Promise.all([gateway?.stop(), azure?.stop(), entra?.stop()]));
beforeEach(() => {
  azure.reset(json(openAiAnswer));
  entra.reset(json({ token_type: 'Bearer', expires_in: 3_599, access_token: 'entra-token-1' }));
});

async function provider(name: string, settings: object, more: object = {}): Promise<void> {
  const keys = [{ name: 'main', key: SECRET }];
  await gateway.add('ai-providers', {
    name,
    type: 'azure_openai',
    base_url: azure.url,
    keys,
    settings,
    ...more,
  });
  await gateway.addModel(name, [`${name}/my-gpt`], { retries: { tries: 1 } });
}

const ask = (model: string, path = '/ai/v1/chat/completions', body: object = HI) =>
  gateway.post(path, { model, ...body });

describe('Azure OpenAI', () => {
  it('is asked by its v1 API, with the key of the resource', async () => {
    await provider('v1', {});
    expect((await ask('v1')).status).toBe(200);
    await ask('v1', '/ai/v1/responses', { input: 'Hi' });
    await ask('v1', '/ai/v1/embeddings', { input: 'Hi' });
    expect(azure.requests.map(({ path }) => path)).toEqual([
      '/openai/v1/chat/completions',
      '/openai/v1/responses',
      '/openai/v1/embeddings',
    ]);
    for (const { headers, json: body } of azure.requests) {
      expect(headers).toMatchObject({ 'api-key': SECRET });
      expect(headers).not.toHaveProperty('authorization');
      expect(body).toMatchObject({ model: 'my-gpt' });
    }
  });

  it('is asked by dated versions as its SDK does: each deployment has a path', async () => {
    await provider('dated', { api_version: '2024-10-21' });
    await ask('dated');
    await ask('dated', '/ai/v1/messages', { max_tokens: 9, ...HI });
    const [passed, converted] = azure.requests.splice(0);
    const sdk = new AzureOpenAI({ endpoint: azure.url, apiKey: SECRET, apiVersion: '2024-10-21' });
    await sdk.chat.completions.create({ model: 'my-gpt', messages: [{ role: 'user', content: 'Hi' }] });
    const [byItsSdk] = azure.requests;
    expect(byItsSdk!.path).toBe('/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21');
    for (const { path, headers } of [passed!, converted!]) {
      expect(path).toBe(byItsSdk!.path);
      expect(headers['api-key']).toBe(byItsSdk!.headers['api-key']);
    }
    expect(converted!.json).toMatchObject({ max_completion_tokens: 9 });
  });

  it('is asked for the preview of its v1 API', async () => {
    await provider('preview', { api_version: 'preview' });
    await ask('preview');
    expect(azure.requests[0]!.path).toBe('/openai/v1/chat/completions?api-version=preview');
  });

  it('is found by the name of the resource alone, and keys open for it alone', async () => {
    const definition = { name: 'named', type: 'azure_openai', keys: [{ name: 'main', key: SECRET }] };
    await expect(gateway.add('ai-providers', definition)).rejects.toMatchObject({
      errors: [{ pointer: '/base_url', detail: 'is needed for azure_openai' }],
    });
    await gateway.add('ai-providers', { ...definition, settings: { resource: 'ours' } });
    const moved = { ...definition, keys: [{ name: 'main' }], settings: { resource: 'theirs' } };
    await expect(gateway.replace('ai-providers', 'named', moved)).rejects.toMatchObject({
      errors: [{ pointer: '/keys/0/key' }],
    });
    await gateway.replace('ai-providers', 'named', { ...moved, settings: { resource: 'ours' } });
  });

  it.each([
    { resource: 'a.evil.example/' },
    { api_version: '../..' },
    { entra: { tenant: 'a/b', client_id: 'c' } },
  ])('refuses the settings %o', async (settings) => {
    await expect(provider('wrong', settings)).rejects.toMatchObject({ status: 422 });
  });
});

describe('Azure OpenAI by Microsoft Entra (RFC 6749 §4.4)', () => {
  const settings = () => ({ entra: { ...ENTRA, authority: entra.url } });

  it('gets one token for all calls, however many come at once', async () => {
    await provider('entra', settings());
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => ask('entra')));
    await ask('entra');
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(entra.requests).toHaveLength(1);
    const { path, body } = entra.requests[0]!;
    expect(path).toBe('/contoso.com/oauth2/v2.0/token');
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'app-1',
      client_secret: SECRET,
      scope: 'https://cognitiveservices.azure.com/.default',
    });
    expect(azure.requests).toHaveLength(6);
    for (const { headers } of azure.requests) {
      expect(headers.authorization).toBe('Bearer entra-token-1');
      expect(JSON.stringify(headers)).not.toContain(SECRET);
    }
  });

  it('renews a token that ends soon, and meanwhile goes on with it', async () => {
    const key = [{ name: 'main', key: `${SECRET}-short` }];
    entra.reset(json({ expires_in: 3, access_token: 'short' }));
    await provider('short', settings(), { keys: key });
    await ask('short');
    const now = Date.now();
    // After three quarters it is renewed; after half of so short a life it is of no use already.
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now + 1_600);
    entra.reset(json({ expires_in: 3_600, access_token: 'longer' }));
    await ask('short');
    expect(azure.requests.at(-1)!.headers.authorization).toBe('Bearer longer');
    clock.mockReturnValue(now + 1_600 + 3_000_000);
    const renewed = new Promise<void>((done) => {
      entra.reset((request, response) => {
        json({ expires_in: 3_600, access_token: 'renewed' })(request, response);
        done();
      });
    });
    await ask('short');
    expect(azure.requests.at(-1)!.headers.authorization).toBe('Bearer longer');
    await renewed;
    clock.mockRestore();
  });

  it('leaves a key out that is refused, and says nothing of it', async () => {
    entra.reset(json({ error: 'invalid_client', error_description: `wrong: ${SECRET}` }, 401));
    await provider('refused', settings(), { keys: [{ name: 'main', key: `${SECRET}-2` }] });
    const answer = await ask('refused');
    expect(answer.status).toBe(502);
    const text = await answer.text();
    expect(text).toContain('upstream_credentials_exhausted');
    expect(text).not.toContain(SECRET);
    await ask('refused');
    expect(entra.requests).toHaveLength(1);
    expect(azure.requests).toHaveLength(0);
  });

  it('asks the next target where no token is to be had', async () => {
    entra.reset(json({}, 503));
    await provider('away', settings(), { keys: [{ name: 'main', key: `${SECRET}-3` }] });
    gateway.openai.reset(json(openAiAnswer));
    await gateway.addModel('either', ['away/my-gpt', 'openai/gpt-5-mini'], { retries: { tries: 1 } });
    expect((await ask('either')).status).toBe(200);
    expect((await ask('away')).status).toBe(502);
    expect(azure.requests).toHaveLength(0);
  });
});
