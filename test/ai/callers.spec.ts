import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { ConsumerWorld } from '../gateway/consumer-world.js';
import { putIssuers, TestIssuer } from '../gateway/token-issuer.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json } from './provider-server.js';
import { anthropicAnswer, geminiAnswer, openAiAnswer } from './wire-shapes.js';

const AUDIENCE = 'https://models.example/ai';
const HI = { messages: [{ role: 'user', content: 'Hi' }] };

describe('callers of AI routes', () => {
  let gateway: AiGateway;
  let issuer: TestIssuer;
  let token: string;
  let key: string;

  beforeAll(async () => {
    [gateway, issuer] = await Promise.all([startAiGateway(), TestIssuer.start()]);
    await putIssuers(gateway, { name: 'partner', issuer: issuer.url });
    token = await issuer.token({ aud: AUDIENCE });
    const world = new ConsumerWorld(gateway);
    await world.consumer('team');
    key = await world.credential('team-key', { consumer: 'team', type: 'api_key' });
    const tokenGuard = { type: 'access_token', audience: AUDIENCE, issuers: ['partner'] };
    await route('token', [tokenGuard]);
    await route('key', [{ type: 'api_key' }]);
    await route('either', [{ any_of: [tokenGuard, { type: 'api_key' }] }]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await issuer?.stop();
  });
  beforeEach(() => {
    gateway.openai.reset(json(openAiAnswer));
    gateway.anthropic.reset(json(anthropicAnswer));
    gateway.gemini.reset(json(geminiAnswer));
  });

  const route = (name: string, guards: object[]) =>
    gateway.addRoute({ name, match: { paths: [`/${name}`] }, ai: {}, guards });

  const call = (path: string, headers: Record<string, string>) =>
    gateway.post(`/${path}/v1/chat/completions`, { model: 'gpt', ...HI }, headers);

  it.each(['token', 'key', 'either'])('say who they are as their SDK does, on the route %s', async (path) => {
    for (const apiKey of path === 'either' ? [token, key] : [path === 'key' ? key : token]) {
      const options = { baseURL: `${gateway.url}/${path}`, apiKey, maxRetries: 0 };
      const openai = await new OpenAI(options).chat.completions.create({
        model: 'gpt',
        messages: [{ role: 'user', content: 'Hi' }],
      });
      expect(openai.choices[0]!.message.content).toBe('Hello!');
      const anthropic = await new Anthropic(options).messages.create({
        model: 'claude',
        max_tokens: 9,
        messages: [{ role: 'user', content: 'Hi' }],
      });
      expect(anthropic.content).toHaveLength(1);
      const google = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: `${gateway.url}/${path}` } });
      expect((await google.models.generateContent({ model: 'flash', contents: 'Hi' })).text).toBe('Hello!');
    }
    for (const provider of [gateway.openai, gateway.anthropic, gateway.gemini]) {
      expect(provider.requests.length).toBeGreaterThan(0);
      for (const { headers, body } of provider.requests) {
        expect(JSON.stringify([headers, body])).not.toContain(token);
        expect(JSON.stringify([headers, body])).not.toContain(key);
      }
    }
  });

  it.each(['x-api-key', 'x-goog-api-key', 'authorization'])('may say it in %s', async (field) => {
    const value = field === 'authorization' ? `Bearer ${token}` : token;
    expect((await call('token', { [field]: value })).status).toBe(200);
  });

  it('may say the same twice, but not two things', async () => {
    const both = { authorization: `Bearer ${token}`, 'x-api-key': token };
    expect((await call('token', both)).status).toBe(200);
    const twofold: Record<string, string>[] = [
      { ...both, 'x-api-key': 'other' },
      { ...both, 'x-goog-api-key': 'other' },
      { 'x-api-key': token, 'x-goog-api-key': 'other' },
      { authorization: 'Basic YTpi', 'x-api-key': token },
      { authorization: `DPoP ${token}`, 'x-api-key': token },
    ];
    for (const headers of twofold) {
      const got = await call('token', headers);
      expect([got.status, await got.json()]).toEqual([
        400,
        {
          error: expect.objectContaining({
            message: expect.stringContaining('two different credentials') as string,
          }),
        },
      ]);
    }
    expect(gateway.openai.requests).toHaveLength(1);
  });

  it('who are not let in are told so as their SDK reads it', async () => {
    const options = (path: string) => ({ baseURL: `${gateway.url}/${path}`, apiKey: 'wrong', maxRetries: 0 });
    const openai = new OpenAI(options('token')).chat.completions.create({ model: 'gpt', messages: [] });
    await expect(openai).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
    const anthropic = new Anthropic(options('key')).messages.create({
      model: 'claude',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'Hi' }],
    });
    await expect(anthropic).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
    const google = new GoogleGenAI({ apiKey: 'wrong', httpOptions: { baseUrl: `${gateway.url}/token` } });
    await expect(google.models.generateContent({ model: 'flash', contents: 'Hi' })).rejects.toMatchObject({
      status: 401,
    });
    const got = await call('token', {});
    expect(got.headers.get('www-authenticate')).toContain('Bearer');
  });

  it('who asked too often are told when to come again', async () => {
    await gateway.addRoute({
      name: 'slow',
      match: { paths: ['/slow'] },
      ai: {},
      limits: [{ by: 'address', limit: 1, window: 60 }],
    });
    await call('slow', {});
    const got = await gateway.post('/slow/v1/messages', { model: 'claude', max_tokens: 9, ...HI });
    expect([got.status, await got.json()]).toEqual([
      429,
      {
        type: 'error',
        error: expect.objectContaining({ type: 'rate_limit_error' }),
        request_id: null,
      },
    ]);
    expect(Number(got.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('requests that cannot be served', () => {
  let gateway: AiGateway;

  beforeAll(async () => {
    gateway = await startAiGateway();
    await gateway.addRoute({ name: 'small', match: { paths: ['/small'] }, ai: { max_body: 1_024 } });
    await gateway.addRoute({ name: 'lax', match: { paths: ['/lax'] }, ai: { on_unsupported: 'drop' } });
  });
  afterAll(() => gateway?.stop());
  beforeEach(() => gateway.openai.reset(json(openAiAnswer)));

  it.each([
    ['{"model":"gpt","model":"claude","messages":[]}', 'twice'],
    ['{"model":"gpt","Model":"claude","messages":[]}', 'twice'],
    ['{"Model":"gpt","messages":[]}', 'must be written model'],
    ['{"model":"gpt","stream":false,"\\u0073tream":true}', 'twice'],
    ['{"messages":[]}', 'missing'],
    ['{"model":7}', 'must be a string'],
    ['{"model":"gpt","stream":"yes"}', 'must be true or false'],
    ['[]', 'no JSON object'],
    ['', 'no JSON object'],
    ['{"model":"gpt"', 'no JSON'],
    ['{"model":"gpt"}{"model":"claude"}', 'no JSON'],
  ])('%s is refused before anybody is asked (GHSA-4gph-2hhr-5mwg)', async (body, why) => {
    const got = await gateway.post('/ai/v1/chat/completions', body);
    expect([got.status, await got.json()]).toEqual([
      400,
      { error: expect.objectContaining({ message: expect.stringContaining(why) as string }) },
    ]);
    expect(gateway.openai.requests).toHaveLength(0);
  });

  it('names the member that cannot be converted', async () => {
    const got = await gateway.post('/ai/v1/chat/completions', { model: 'claude', messages: [{ role: 'x' }] });
    const { error } = (await got.json()) as { error: { message: string; param: string } };
    expect([got.status, error.param]).toEqual([400, 'messages[0]']);
  });

  it('what the provider cannot be told is refused, or dropped and told of, as the route has it', async () => {
    const body = { model: 'gpt', max_tokens: 9, top_k: 3, ...HI };
    const refused = await gateway.post('/ai/v1/messages', body);
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('/top_k')]);
    const dropped = await gateway.post('/lax/v1/messages', body);
    expect([dropped.status, dropped.headers.get('x-gatehouse-dropped')]).toEqual([200, '/top_k']);
    expect(gateway.openai.requests[0]!.json).not.toHaveProperty('top_k');
  });

  it('another target is asked, where it can be told', async () => {
    await gateway.addModel('either', ['openai/x', 'anthropic/y']);
    gateway.anthropic.reset(json(anthropicAnswer));
    const got = await gateway.post('/ai/v1/messages', { model: 'either', max_tokens: 9, top_k: 3, ...HI });
    expect([got.status, gateway.openai.requests.length]).toEqual([200, 0]);
  });

  it.each([
    ['/ai/v1/chat/completions', { model: 'nowhere', ...HI }],
    ['/ai/v1/messages', { model: 'nowhere', ...HI }],
    ['/ai/v1beta/models/nowhere:generateContent', { contents: [] }],
  ])('%s: a model that there is not is a 404', async (path, body) => {
    const got = await gateway.post(path, body);
    const text = await got.text();
    expect([got.status, text]).toEqual([404, expect.stringContaining('does not exist')]);
    if (path.endsWith('completions'))
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'model_not_found' } });
    if (path.endsWith('messages'))
      expect(JSON.parse(text)).toMatchObject({ error: { type: 'not_found_error' } });
    if (path.includes('v1beta')) expect(JSON.parse(text)).toMatchObject({ error: { status: 'NOT_FOUND' } });
  });

  it.each([
    ['POST', '/ai/v1/nothing'],
    ['GET', '/ai/v1/chat/completions'],
    ['DELETE', '/ai/v1/models/gpt'],
  ])('%s %s is no operation', async (method, path) => {
    const got = await fetch(`${gateway.url}${path}`, { method });
    expect([got.status, await got.json()]).toEqual([
      404,
      { error: expect.objectContaining({ code: 'unknown_operation' }) },
    ]);
  });

  it('a body that is too large is refused, whether it says its length or not', async () => {
    const body = JSON.stringify({ model: 'gpt', messages: 'x'.repeat(2_000) });
    const said = await gateway.post('/small/v1/chat/completions', body);
    const chunked = await fetch(`${gateway.url}/small/v1/chat/completions`, {
      method: 'POST',
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit);
    for (const got of [said, chunked]) {
      expect([got.status, await got.json()]).toEqual([
        413,
        { error: expect.objectContaining({ code: 'request_too_large' }) },
      ]);
    }
    expect(gateway.openai.requests).toHaveLength(0);
  });

  it('what policies refuse is told in the same way', async () => {
    await gateway.addRoute({
      name: 'bots',
      match: { paths: ['/bots'] },
      ai: {},
      policies: [{ type: 'bot', deny: ['curl'] }],
    });
    const got = await gateway.post(
      '/bots/v1/messages',
      { model: 'claude', ...HI },
      { 'user-agent': 'curl/8' },
    );
    expect([got.status, await got.json()]).toEqual([
      403,
      {
        type: 'error',
        error: expect.objectContaining({ type: 'permission_error' }),
        request_id: null,
      },
    ]);
  });

  it('policies change the request as for any other', async () => {
    await gateway.addRoute({
      name: 'json',
      match: { paths: ['/json'] },
      ai: {},
      policies: [{ type: 'request_body', set: { '/user': 'gateway' } }],
    });
    const got = await gateway.post('/json/v1/chat/completions', { model: 'gpt', ...HI });
    expect([got.status, gateway.openai.requests[0]?.json.user]).toEqual([200, 'gateway']);
  });
});
