import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderAnswer, type ProviderServer, startProvider, stream } from './provider-server.js';
import {
  anthropicAnswer,
  anthropicError,
  anthropicStream,
  anthropicStreamStart,
  openAiAnswer,
  openAiStream,
  openAiStreamStart,
} from './wire-shapes.js';

const QUICK = { tries: 2, backoff: 0.02, max_backoff: 0.2 };
const error = (message: string, code: string | null = null) => ({
  error: { message, type: 'x', param: null, code },
});

const broken: ProviderAnswer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"choices":');
  setTimeout(() => response.destroy(), 20);
};
const silent: ProviderAnswer = () => undefined;
const inTurn = (...answers: ProviderAnswer[]): ProviderAnswer => {
  let next = 0;
  return (request, response) => answers[Math.min(next++, answers.length - 1)]!(request, response);
};

let gateway: AiGateway;
let names = 0;

beforeAll(async () => {
  const timeouts = { first_token: 0.3, between_tokens: 0.3, total: 1 };
  const keys = ['a', 'b', 'c'].map((name) => ({ name, key: `secret-openai-key-${name}-0123456789` }));
  gateway = await startAiGateway({}, [], { openai: { timeouts, keys } });
});
afterAll(() => gateway?.stop());

/** A provider of its own for each test: what is known of keys and targets outlives the calls. */
async function fresh(keys: readonly string[] = ['a'], more: object = {}): Promise<string> {
  const name = `p${names++}`;
  await gateway.add('ai-providers', {
    name,
    type: 'openai',
    base_url: `${gateway.openai.url}/v1`,
    keys: keys.map((key) => ({ name: key, key: `secret-${name}-${key}-0123456789abcdef` })),
    timeouts: { first_token: 0.3, between_tokens: 0.3, total: 1 },
    ...more,
  });
  return name;
}

async function model(targets: readonly string[], more: object = {}): Promise<string> {
  const name = `m${names++}`;
  await gateway.addModel(name, targets, { retries: QUICK, ...more });
  return name;
}

const ask = (name: string, more: object = {}) =>
  gateway.post('/ai/v1/chat/completions', {
    model: name,
    messages: [{ role: 'user', content: 'Hi' }],
    ...more,
  });
const keysUsed = (provider: ProviderServer) =>
  provider.requests.map(({ headers }) => /-([a-c])-/.exec(headers.authorization!)![1]);

describe('a provider that fails', () => {
  it.each<[string, ProviderAnswer]>([
    ['500', json(error('oops'), 500)],
    ['503', json('<html>', 503)],
    ['529', json(anthropicError('overloaded_error', 'Overloaded'), 529)],
    ['408', json(error('slow'), 408)],
    ['a redirect', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['no JSON', json('<html>fine</html>')],
    ['an error with status 200', json(error('oops'))],
    ['an answer that breaks off', broken],
    ['a connection that breaks', (_, response) => response.destroy()],
  ])('with %s is asked again, and then the next one', async (_name, answer) => {
    gateway.openai.reset(answer);
    gateway.anthropic.reset(json(anthropicAnswer));
    const got = await ask(await model([`${await fresh()}/x`, 'anthropic/y']));
    expect(((await got.json()) as typeof openAiAnswer).choices[0]!.message.content).toBe('Hello!');
    expect([gateway.openai.requests.length, gateway.anthropic.requests.length]).toEqual([2, 1]);
  });

  it('and recovers is asked again with the same key', async () => {
    gateway.openai.reset(inTurn(json(error('oops'), 500), json(openAiAnswer)));
    expect((await ask(await model([`${await fresh(['a'])}/x`]))).status).toBe(200);
    expect(keysUsed(gateway.openai)).toEqual(['a', 'a']);
  });

  it('with nobody behind it is told of, and nothing of what it said', async () => {
    gateway.openai.reset(json(error('the secret of the house'), 500));
    const got = await ask(await model([`${await fresh()}/x`]));
    expect([got.status, await got.json()]).toEqual([
      502,
      {
        error: expect.objectContaining({
          code: 'upstream_failed',
          message: 'The provider of this model failed.',
        }),
      },
    ]);
  });

  it('by saying nothing is given up', async () => {
    gateway.openai.reset(silent);
    const got = await ask(await model([`${await fresh()}/x`], { retries: { ...QUICK, tries: 1 } }));
    expect([got.status, await got.json()]).toEqual([
      504,
      { error: expect.objectContaining({ code: 'upstream_timeout' }) },
    ]);
    await sleep(50);
    expect(gateway.openai.aborted).toBe(1);
  });

  it('by not being there is given up', async () => {
    const gone = await startProvider();
    await gone.stop();
    const provider = await fresh(['a'], { base_url: `${gone.url}/v1` });
    const got = await ask(await model([`${provider}/x`]));
    expect([got.status, await got.json()]).toEqual([
      502,
      { error: expect.objectContaining({ code: 'upstream_unreachable' }) },
    ]);
  });

  it('again and again comes last for a while', async () => {
    gateway.openai.reset(json(error('oops'), 500));
    gateway.anthropic.reset(json(anthropicAnswer));
    const name = await model([`${await fresh()}/x`, 'anthropic/y'], {
      cooldown: { failures: 2, duration: 60 },
    });
    await ask(name);
    expect(gateway.openai.requests).toHaveLength(2);
    await ask(name);
    expect(gateway.openai.requests).toHaveLength(2);
    expect(gateway.anthropic.requests).toHaveLength(2);
  });

  it('does so for what it does not have: the next one may', async () => {
    gateway.openai.reset(json(error('no such model', 'model_not_found'), 404));
    gateway.anthropic.reset(json(anthropicAnswer));
    expect((await ask(await model([`${await fresh()}/x`, 'anthropic/y']))).status).toBe(200);
    expect(gateway.openai.requests).toHaveLength(1);
    const got = await ask(await model([`${await fresh()}/x`]));
    expect(await got.json()).toEqual({
      error: expect.objectContaining({ code: 'upstream_model_not_found' }),
    });
  });

  it('for what the caller asked does so everywhere: nobody else is asked, and its words are told', async () => {
    const said = {
      error: {
        message: 'temperature is too high',
        type: 'invalid_request_error',
        param: 'temperature',
        code: null,
      },
    };
    gateway.openai.reset(json(said, 400));
    gateway.anthropic.reset(json(anthropicAnswer));
    const got = await ask(await model([`${await fresh()}/x`, 'anthropic/y']));
    expect([got.status, await got.json()]).toEqual([400, said]);
    expect([gateway.openai.requests.length, gateway.anthropic.requests.length]).toEqual([1, 0]);
  });

  it('for what the caller asked is told of in the caller’s dialect', async () => {
    gateway.anthropic.reset(json(anthropicError('invalid_request_error', 'messages: too long'), 400));
    const got = await ask('claude');
    expect([got.status, await got.json()]).toEqual([
      400,
      { error: expect.objectContaining({ message: 'messages: too long', type: 'invalid_request_error' }) },
    ]);
  });
});

describe('a key', () => {
  it.each([
    [401, error('Incorrect API key provided: sk-…', 'invalid_api_key')],
    [402, error('Pay first')],
    [403, error('Not allowed')],
    [429, error('You exceeded your current quota', 'insufficient_quota')],
  ])('that is refused with %s is left out at once, and the next one asked', async (status, body) => {
    const name = await model([`${await fresh(['a', 'b'])}/x`]);
    let refused: string | undefined;
    gateway.openai.reset((request, response) => {
      refused ??= request.headers.authorization;
      const isRefused = request.headers.authorization === refused;
      return (isRefused ? json(body, status) : json(openAiAnswer))(request, response);
    });
    for (let i = 0; i < 4; i++) expect((await ask(name)).status).toBe(200);
    const used = keysUsed(gateway.openai);
    expect(used).toHaveLength(5);
    expect(new Set(used.slice(1)).size).toBe(1);
    expect(used[0]).not.toBe(used[1]);
  });

  it('is not missed as long as another target has one', async () => {
    gateway.openai.reset(json(error('no'), 401));
    gateway.anthropic.reset(json(anthropicAnswer));
    expect((await ask(await model([`${await fresh(['a', 'b'])}/x`, 'anthropic/y']))).status).toBe(200);
    expect(gateway.openai.requests).toHaveLength(2);
  });

  it('of which none is left gives 502, at once from then on; the log names it once, and nobody tells it', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const provider = await fresh(['a', 'b']);
    const name = await model([`${provider}/x`]);
    gateway.openai.reset((request, response) =>
      json(error(`Incorrect API key provided: ${request.headers.authorization!.slice(7)}`), 401)(
        request,
        response,
      ),
    );
    for (let i = 0; i < 2; i++) {
      const got = await ask(name);
      const text = await got.text();
      expect([got.status, JSON.parse(text)]).toEqual([
        502,
        { error: expect.objectContaining({ code: 'upstream_credentials_exhausted' }) },
      ]);
      expect(got.headers.get('x-should-retry')).toBe('false');
      expect(text).not.toContain('secret-');
    }
    const lines = warn.mock.calls.map(([line]) => String(line));
    warn.mockRestore();
    expect(lines).toEqual([
      `The AI provider ${provider} refuses the key b: for some minutes it is not used`,
      `The AI provider ${provider} refuses the key a: for some minutes it is not used`,
    ]);
    expect(gateway.openai.requests).toHaveLength(2);
  });

  it('that there is not is not to blame: every call is asked for', async () => {
    const name = await model([`${await fresh([])}/x`]);
    gateway.openai.reset(inTurn(json(error('no'), 403), json(openAiAnswer)));
    expect([(await ask(name)).status, (await ask(name)).status]).toEqual([502, 200]);
  });

  it('that comes back in an error of the caller’s own is not told', async () => {
    gateway.openai.reset((request, response) =>
      json(error(`Bad input, by the way your key is ${request.headers.authorization!.slice(7)}`), 400)(
        request,
        response,
      ),
    );
    const got = await ask(await model([`${await fresh()}/x`]));
    expect([got.status, await got.text()]).toEqual([400, expect.not.stringContaining('secret-')]);
  });

  it('that was used too often rests as long as the provider says, while the next one is asked', async () => {
    const name = await model([`${await fresh(['a', 'b'])}/x`]);
    gateway.openai.reset(inTurn(json(error('slow down'), 429, { 'retry-after': '60' }), json(openAiAnswer)));
    for (let i = 0; i < 4; i++) expect((await ask(name)).status).toBe(200);
    const used = keysUsed(gateway.openai);
    expect(new Set(used.slice(1)).size).toBe(1);
  });

  it('that rests for a moment only is waited for', async () => {
    const name = await model([`${await fresh(['a'])}/x`]);
    gateway.openai.reset(
      inTurn(json(error('slow down'), 429, { 'retry-after-ms': '100' }), json(openAiAnswer)),
    );
    const from = performance.now();
    expect((await ask(name)).status).toBe(200);
    expect(performance.now() - from).toBeGreaterThanOrEqual(99);
  });

  it('that rests for longer gives 429 with Retry-After, where there is no other', async () => {
    const name = await model([`${await fresh(['a'])}/x`]);
    gateway.openai.reset(json(error('slow down'), 429, { 'retry-after': '60' }));
    for (let i = 0; i < 2; i++) {
      const got = await ask(name);
      expect([got.status, await got.json()]).toEqual([
        429,
        { error: expect.objectContaining({ code: 'rate_limit_exceeded' }) },
      ]);
      expect(Number(got.headers.get('retry-after'))).toBeGreaterThan(50);
    }
    expect(gateway.openai.requests).toHaveLength(1);
  });

  it('are asked once each in a round, though they are free again at once', async () => {
    const name = await model([`${await fresh(['a', 'b'])}/x`]);
    gateway.openai.reset(async (request, response) => {
      await sleep(20);
      return json(error('slow down'), 429, { 'retry-after-ms': '1' })(request, response);
    });
    expect((await ask(name)).status).toBe(429);
    expect(gateway.openai.requests.length).toBeLessThanOrEqual(2 * QUICK.tries);
  });

  it.each([
    [402, error('This request requires more credits, or fewer max_tokens. You requested up to 65536')],
    [403, error('Content violates usage guidelines.')],
    [403, error('Project does not have access to model x', 'model_not_found')],
    [403, error('You do not have permission to access the File abc or it may not exist.')],
    [403, error('CachedContent not found (or permission denied)')],
    [
      429,
      error(
        'Request too large for x in organization o on tokens per min (TPM): Limit 30000, Requested 30601. The input or output tokens must be reduced in order to run successfully.',
        'rate_limit_exceeded',
      ),
    ],
  ])('stays in use where a %s is about what was asked', async (status, body) => {
    const provider = await fresh(['a']);
    const [name, other] = [await model([`${provider}/x`]), await model([`${provider}/y`])];
    gateway.openai.reset(json(body, status));
    expect((await ask(name)).status).toBeGreaterThanOrEqual(400);
    gateway.openai.reset(json(openAiAnswer));
    expect((await ask(other)).status).toBe(200);
  });

  it('is not asked again for what is larger than it may use in a minute; another target may be', async () => {
    const tooLarge = json(error('Request too large for x on tokens per min (TPM)'), 429);
    const alone = await model([`${await fresh(['a', 'b'])}/x`]);
    gateway.openai.reset(tooLarge);
    const got = await ask(alone);
    expect([got.status, await got.text()]).toEqual([413, expect.stringContaining('request_too_large')]);
    expect(gateway.openai.requests).toHaveLength(1);
    gateway.anthropic.reset(json(anthropicAnswer));
    expect((await ask(await model([`${await fresh()}/x`, 'anthropic/y']))).status).toBe(200);
  });

  it('that is replaced in the configuration is good again', async () => {
    gateway.openai.reset(json(error('no'), 401));
    const provider = await fresh(['a']);
    const name = await model([`${provider}/x`]);
    expect((await ask(name)).status).toBe(502);
    gateway.openai.reset(json(openAiAnswer));
    await gateway.replace('ai-providers', provider, {
      name: provider,
      type: 'openai',
      base_url: `${gateway.openai.url}/v1`,
      keys: [{ name: 'a', key: 'secret-another-a-0123456789abcdef' }],
    });
    expect((await ask(name)).status).toBe(200);
  });
});

describe('a stream', () => {
  const streamed = { stream: true };

  it.each<[string, ProviderAnswer]>([
    [
      'an error after the start-up frames',
      stream(`${openAiStreamStart}data: {"error":{"message":"oops","code":"server_error"}}\n\n`),
    ],
    ['an end after the start-up frames', stream(openAiStreamStart)],
    [
      'silence after the start-up frames',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(openAiStreamStart);
      },
    ],
    ['no event stream', json(openAiAnswer)],
    ['an event that cannot be read', stream('data: {"choi\n\n')],
  ])('that begins with %s comes from the next target, and nobody notices', async (_name, answer) => {
    gateway.openai.reset(answer);
    gateway.anthropic.reset(stream(anthropicStream));
    const name = await model([`${await fresh()}/x`, 'anthropic/y'], { retries: { ...QUICK, tries: 1 } });
    const got = await ask(name, streamed);
    const text = await got.text();
    expect(got.status).toBe(200);
    expect(text.match(/"role":"assistant"/g)).toHaveLength(1);
    expect(text).toContain('"content":"lo!"');
    expect(text).not.toContain('error');
  });

  it('the same between dialects', async () => {
    gateway.anthropic.reset(
      stream(
        `${anthropicStreamStart}event: error\ndata: ${JSON.stringify(anthropicError('overloaded_error', 'Overloaded'))}\n\n`,
      ),
    );
    gateway.openai.reset(stream(openAiStream));
    const name = await model(['anthropic/y', `${await fresh()}/x`], { retries: { ...QUICK, tries: 1 } });
    const text = await (await ask(name, streamed)).text();
    expect(text).toContain('"content":"lo!"');
    expect(text).not.toContain('claude');
  });

  it('whose every target fails is an answer with a status', async () => {
    gateway.openai.reset(stream(openAiStreamStart));
    const got = await ask(await model([`${await fresh()}/x`]), streamed);
    expect([got.status, got.headers.get('content-type')]).toEqual([502, 'application/json']);
  });
});
