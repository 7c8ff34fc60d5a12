import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { GATEWAY_ITSELF } from '../../apps/gateway/src/configuration/config-objects.service.js';
import { CredentialRotation } from '../../apps/gateway/src/consumers/credential-rotation.service.js';
import { ConsumerWorld } from '../gateway/consumer-world.js';
import { putIssuers, TestIssuer } from '../gateway/token-issuer.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json } from './provider-server.js';
import { anthropicAnswer, geminiAnswer, openAiAnswer } from './wire-shapes.js';

const HI = [{ role: 'user' as const, content: 'Hi' }];
const AUDIENCE = 'https://models.example/ai';

/** Keys of consumers, on routes for AI models: what other gateways call virtual keys. */
describe('a key that is for some models', () => {
  let gateway: AiGateway;
  let world: ConsumerWorld;
  let key: string;

  beforeAll(async () => {
    gateway = await startAiGateway();
    world = new ConsumerWorld(gateway);
    await world.consumer('team');
    key = await world.credential('some', {
      consumer: 'team',
      type: 'api_key',
      models: ['gpt', 'flash', 'not-there-yet'],
      metadata: { owner: 'anna' },
    });
    await gateway.addRoute({
      name: 'keys',
      match: { paths: ['/keys'] },
      ai: {},
      guards: [{ type: 'api_key' }],
    });
    const narrow = { name: 'narrow', match: { paths: ['/narrow'] }, ai: { models: ['claude', 'flash'] } };
    await gateway.addRoute({ ...narrow, guards: [{ type: 'api_key' }] });
    gateway.openai.reset(json(openAiAnswer));
    gateway.anthropic.reset(json(anthropicAnswer));
    gateway.gemini.reset(json(geminiAnswer));
  });
  afterAll(() => gateway?.stop());

  const chat = (model: string, path = 'keys', withKey = key) =>
    gateway.post(
      `/${path}/v1/chat/completions`,
      { model, messages: HI },
      { authorization: `Bearer ${withKey}` },
    );
  const listed = async (path: string, headers: Record<string, string>) => {
    const got = await fetch(`${gateway.url}/${path}/models`, { headers });
    const { data, models } = (await got.json()) as Record<string, { id: string; name: string }[]>;
    return (data ?? models)!.map(({ id, name }) => id ?? name).sort();
  };

  it('lists these alone, to each SDK', async () => {
    expect(await listed('keys/v1', { authorization: `Bearer ${key}` })).toEqual(['flash', 'gpt']);
    const anthropic = { 'x-api-key': key, 'anthropic-version': '2023-06-01' };
    expect(await listed('keys/v1', anthropic)).toEqual(['flash', 'gpt']);
    expect(await listed('keys/v1beta', { 'x-goog-api-key': key })).toEqual(['models/flash', 'models/gpt']);
    expect(await listed('narrow/v1', { authorization: `Bearer ${key}` })).toEqual(['flash']);
  });

  it('calls these alone, by each SDK', async () => {
    const options = { baseURL: `${gateway.url}/keys`, apiKey: key, maxRetries: 0 };
    const openai = new OpenAI(options);
    const anthropic = new Anthropic(options);
    const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: `${gateway.url}/keys` } });
    await openai.chat.completions.create({ model: 'gpt', messages: HI });
    await anthropic.messages.create({ model: 'gpt', max_tokens: 9, messages: HI });
    await google.models.generateContent({ model: 'flash', contents: 'Hi' });
    await expect(openai.chat.completions.create({ model: 'claude', messages: HI })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
    const foreign = anthropic.messages.create({ model: 'claude', max_tokens: 9, messages: HI });
    await expect(foreign).rejects.toMatchObject({ status: 404 });
    const generated = google.models.generateContent({ model: 'claude', contents: 'Hi' });
    await expect(generated).rejects.toMatchObject({ status: 404 });
    expect(gateway.anthropic.requests).toHaveLength(0);
  });

  it('is told of others no more than that they may not exist', async () => {
    const said = async (model: string) => (await (await chat(model)).text()).replaceAll(model, 'it');
    expect(await said('claude')).toBe(await said('nothing'));
    const one = await fetch(`${gateway.url}/keys/v1/models/claude`, { headers: { 'x-api-key': key } });
    expect(one.status).toBe(404);
  });

  it('gets no more than the route allows', async () => {
    expect((await chat('gpt', 'narrow')).status).toBe(404);
    expect((await chat('flash', 'narrow')).status).toBe(200);
  });

  it('may be changed while it is in use; one without models calls all', async () => {
    const other = await world.credential('other', { consumer: 'team', type: 'api_key' });
    expect((await chat('claude', 'keys', other)).status).toBe(200);
    await world.again('other', { consumer: 'team', type: 'api_key', models: [] });
    expect((await chat('claude', 'keys', other)).status).toBe(404);
    expect(await listed('keys/v1', { 'x-api-key': other })).toEqual([]);
  });

  it('has a budget of its own, which goes on when it is rotated', async () => {
    const spender = await world.credential('spender', { consumer: 'team', type: 'api_key' });
    const about = { of: 'key', unit: 'requests', per: 'month', limit: 1 };
    await gateway.add('ai-budgets', { ...about, name: 'own', only: { keys: ['spender'] } });
    expect((await chat('gpt', 'keys', spender)).status).toBe(200);
    expect((await chat('gpt', 'keys', spender)).status).toBe(429);
    const rotation = gateway.app.get(CredentialRotation, { strict: false });
    const { shownOnce } = await rotation.rotate('spender', 0, GATEWAY_ITSELF);
    const { secret } = shownOnce as { secret: string };
    expect((await chat('gpt', 'keys', spender)).status).toBe(401);
    expect((await chat('gpt', 'keys', secret)).status).toBe(429);
    expect((await chat('gpt')).status).toBe(200);
  });
});

it('a key beside a token allows no more than it does alone', async () => {
  const [gateway, issuer] = await Promise.all([startAiGateway(), TestIssuer.start()]);
  try {
    await putIssuers(gateway, { name: 'partner', issuer: issuer.url });
    const world = new ConsumerWorld(gateway);
    await world.consumer('team');
    const key = await world.credential('few', { consumer: 'team', type: 'api_key', models: ['flash'] });
    await gateway.addRoute({
      name: 'both',
      match: { paths: ['/both'] },
      ai: {},
      guards: [
        { type: 'api_key', header: 'x-team-key' },
        { type: 'access_token', audience: AUDIENCE, issuers: ['partner'] },
      ],
    });
    const token = await issuer.token({ aud: AUDIENCE });
    const headers = { authorization: `Bearer ${token}`, 'x-team-key': key };
    const got = await gateway.post('/both/v1/chat/completions', { model: 'gpt', messages: HI }, headers);
    expect(got.status).toBe(404);
  } finally {
    await gateway.stop();
    await issuer.stop();
  }
});
