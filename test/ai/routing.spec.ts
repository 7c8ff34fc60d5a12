import { setTimeout as sleep } from 'node:timers/promises';
import { putIssuers, TestIssuer } from '../gateway/token-issuer.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderAnswer } from './provider-server.js';
import { openAiAnswer } from './wire-shapes.js';

const AUDIENCE = 'https://ai.test';

let gateway: AiGateway;
let issuer: TestIssuer;
let names = 0;

beforeAll(async () => {
  [gateway, issuer] = await Promise.all([startAiGateway(), TestIssuer.start()]);
  await putIssuers(gateway, { name: 'staff', issuer: issuer.url });
  const guards = [{ type: 'access_token', issuers: ['staff'], audience: AUDIENCE }];
  await gateway.addRoute({ name: 'staff', match: { paths: ['/staff'] }, ai: {}, guards });
});
afterAll(async () => {
  await gateway?.stop();
  await issuer?.stop();
});
beforeEach(() => gateway.openai.reset(json(openAiAnswer)));

/** @param targets what each has besides, by the model that its provider is asked for */
async function model(targets: Record<string, object>, more: object = {}): Promise<string> {
  const name = `r${names++}`;
  const all = Object.entries(targets).map(([target, rest]) => ({
    provider: 'openai',
    model: target,
    ...rest,
  }));
  await gateway.add('ai-models', { name, targets: all, retries: { tries: 1 }, ...more });
  return name;
}

const ask = (name: string, more: object = {}, headers: Record<string, string> = {}, path = 'ai') =>
  gateway.post(
    `/${path}/v1/chat/completions`,
    { model: name, messages: [{ role: 'user', content: 'Hi' }], ...more },
    headers,
  );
const askedFor = () => gateway.openai.requests.map(({ json: body }) => body.model);

describe('who is asked', () => {
  it('is the cheapest, for as long as what is asked and wanted', async () => {
    const name = await model(
      {
        'dear-input': { price: { input: 10, output: 1 } },
        'dear-output': { price: { input: 1, output: 10 } },
        unknown: {},
      },
      { strategy: 'cost' },
    );
    await ask(name, { max_tokens: 1_000 });
    await ask(name, { max_tokens: 1, messages: [{ role: 'user', content: 'word '.repeat(100) }] });
    expect(askedFor()).toEqual(['dear-input', 'dear-output']);
  });

  it('has the fewest requests under way', async () => {
    const name = await model({ a: {}, b: {}, c: {} }, { strategy: 'load' });
    const waiting: (() => void)[] = [];
    gateway.openai.reset((request, response) => {
      waiting.push(() => void json(openAiAnswer)(request, response));
    });
    const answers: Promise<Response>[] = [];
    for (let count = 1; count <= 4; count++) {
      answers.push(ask(name));
      while (waiting.length < count) await sleep(5);
    }
    expect(askedFor()).toEqual(['a', 'b', 'c', 'a']);
    for (const answer of waiting) answer();
    for (const answer of await Promise.all(answers)) await answer.arrayBuffer();
    gateway.openai.reset(json(openAiAnswer));
    await ask(name);
    expect(askedFor()).toEqual(['a']);
  });
});

describe('a target that is for some calls alone', () => {
  it('is asked where header fields are so', async () => {
    const headers = [{ name: 'x-tier', exact: 'gold' }];
    const name = await model({ best: { when: { headers } }, other: {} });
    await ask(name, {}, { 'x-tier': 'gold' });
    await ask(name);
    expect(askedFor()).toEqual(['best', 'other']);
  });

  it.each([
    ['a group', { groups: ['research', 'board'] }],
    ['a claim', { claims: '"board" in claims.groups' }],
  ])('is asked where the caller has %s', async (_, when) => {
    const name = await model({ best: { when }, other: {} });
    for (const groups of [['board', 'staff'], ['staff'], undefined, 'board']) {
      const token = await issuer.token({ aud: AUDIENCE, groups });
      expect((await ask(name, {}, { authorization: `Bearer ${token}` }, 'staff')).status).toBe(200);
    }
    await ask(name);
    expect(askedFor()).toEqual(['best', 'other', 'other', expect.anything(), 'other']);
    if ('groups' in when) expect(askedFor()[3]).toBe('other');
  });

  it('is asked where the input is short enough', async () => {
    const name = await model({ small: { when: { context: { max_tokens: 100 } } }, large: {} });
    await ask(name);
    await ask(name, { messages: [{ role: 'user', content: 'word '.repeat(100) }] });
    expect(askedFor()).toEqual(['small', 'large']);
  });

  it('is not asked in place of others that fail', async () => {
    const name = await model({ other: {}, best: { when: { headers: [{ name: 'x-tier', present: true }] } } });
    gateway.openai.reset(json({ error: { message: 'x' } }, 500));
    expect((await ask(name)).status).toBe(502);
    expect(askedFor()).toEqual(['other']);
  });

  it('leaves nobody, where all are for others: 403', async () => {
    const name = await model({ best: { when: { groups: ['board'] } } });
    const got = await ask(name);
    expect([got.status, await got.json()]).toEqual([
      403,
      { error: expect.objectContaining({ code: 'no_target' }) },
    ]);
    expect(gateway.openai.requests).toHaveLength(0);
  });

  it.each([
    [{ headers: [{ name: 'x-tier' }] }, '/targets/0/when/headers/0'],
    [{ claims: 'claims.' }, '/targets/0/when/claims'],
    [{ context: { max_tokens: 0 } }, '/targets/0/when/context/max_tokens'],
  ])('is refused with %o', async (when, pointer) => {
    await expect(model({ a: { when } })).rejects.toMatchObject({
      errors: [expect.objectContaining({ pointer })],
    });
  });
});

describe('a context window', () => {
  const long = { messages: [{ role: 'user', content: 'word '.repeat(400) }] };

  it('that is too small for input and output is passed by', async () => {
    const name = await model({ small: { context_window: 600 }, large: { context_window: 10_000 } });
    await ask(name, { ...long, max_tokens: 50 });
    await ask(name, { ...long, max_tokens: 200 });
    expect(askedFor()).toEqual(['small', 'large']);
  });

  it('is as the table of prices says, where the target does not', async () => {
    const name = await model({ 'gpt-4': {}, large: { context_window: 10_000_000 } });
    await ask(name, { messages: [{ role: 'user', content: 'word '.repeat(7_500) }] });
    expect(askedFor()).toEqual(['large']);
  });

  it('is no reason to ask nobody', async () => {
    await ask(await model({ one: { context_window: 10 }, two: { context_window: 20 } }), long);
    expect(askedFor()).toEqual(['one']);
  });
});

describe('timeouts of a target', () => {
  it('take the place of those of its provider', async () => {
    gateway.openai.reset((request, response) => {
      if (request.json.model !== 'hasty') json(openAiAnswer)(request, response);
    });
    const name = await model({ hasty: { timeouts: { total: 0.1 } }, patient: {} });
    expect((await ask(name)).status).toBe(200);
    expect(askedFor()).toEqual(['hasty', 'patient']);
    const stream = await model({ hasty: { timeouts: { first_token: 0.1 } } });
    expect((await ask(stream, { stream: true })).status).toBe(504);
  });
});

describe('a stream that is too slow', () => {
  const slow_stream = { tokens_per_second: 20, window: 0.25 };
  const END = 'data: [DONE]\n\n';

  /** @param pauseMs between two of so many words */
  const words =
    (count: number, pauseMs: number): ProviderAnswer =>
    async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let i = 0; i < count && !response.destroyed; i++) {
        response.write(
          `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: `w${i} ` } }] })}\n\n`,
        );
        await sleep(pauseMs);
      }
      response.write(
        `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`,
      );
      response.end(END);
    };

  it('is ended with an error once it has begun, and its provider is left', async () => {
    const name = await model({ a: {}, b: {} }, { slow_stream });
    gateway.openai.reset(words(40, 100));
    const text = await (await ask(name, { stream: true })).text();
    expect(text).toContain('w0 ');
    expect(text).not.toContain('w9 ');
    expect(text).toContain('upstream_too_slow');
    await sleep(50);
    expect(askedFor()).toEqual(['a']);
    expect(gateway.openai.aborted).toBe(1);
  });

  it('is one that is slow in any window', async () => {
    gateway.openai.reset(async (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const word = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'w ' } }] })}\n\n`;
      for (let i = 0; i < 50; i++) {
        response.write(word);
        await sleep(10);
      }
      await sleep(600);
      response.end(END);
    });
    const name = await model({ a: {} }, { slow_stream });
    expect(await (await ask(name, { stream: true })).text()).toContain('upstream_too_slow');
  });

  it('is not one that is fast enough, nor one of a model that does not say so', async () => {
    gateway.openai.reset(words(60, 10));
    const name = await model({ a: {} }, { slow_stream });
    expect(await (await ask(name, { stream: true })).text()).toContain('w59 ');
    gateway.openai.reset(words(4, 200));
    expect(await (await ask(await model({ a: {} }), { stream: true })).text()).toContain('w3 ');
  });
});
