import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { type Caller, CALLERS_KEY } from '../../ai/compatibility/callers/caller.js';
import { CALLERS, type CallersOf } from '../../ai/compatibility/callers/callers.js';
import type { Feature } from '../../ai/compatibility/features.js';
import type { Ask, Said } from '../../ai/compatibility/scene.js';
import { records, RemembersModule } from '../../ai/remembered-records.js';
import { type LoneGateway, startLoneGateway } from '../../gateway/lone-gateway.js';
import { type ChatMessage, type ModelServer, startModelServer } from './model-server.js';
import { SENTENCE, SENTENCE_TOKENS, SONG, SONG_TOKENS } from './tiny-llama.js';

/** The types of providers that one's own machines are. */
const TYPES = ['llama_cpp', 'vllm', 'ollama'] as const;
const DIALECTS = Object.keys(CALLERS) as (keyof typeof CALLERS)[];

const CONVERSATION: readonly ChatMessage[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'What do llamas do?' },
];
const ASKED: Ask = { system: 'Be brief.', turns: [{ user: 'What do llamas do?' }] };
const SING: Ask = { turns: [{ user: 'Sing!' }] };
/** Anthropic's SDKs ask for a bound: here one that is not reached while a test runs. */
const SING_ON: Ask = { ...SING, maxTokens: 1_000_000 };

let model: ModelServer;
let gateway: LoneGateway;

beforeAll(async () => {
  model = await startModelServer();
  gateway = await startLoneGateway({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' }, [RemembersModule]);
  for (const type of TYPES) {
    await gateway.add('ai-providers', { name: type, type, base_url: `${model.url}/v1` });
    await gateway.add('ai-models', { name: type, targets: [{ provider: type, model: 'tiny-llama' }] });
  }
  await gateway.addRoute({ name: 'ai', match: { paths: ['/ai'] }, ai: {} });
}, 400_000);
afterAll(async () => {
  await gateway?.stop();
  await model?.stop();
});

it('the model says as many tokens as it was made to say', async () => {
  expect([await model.count(SENTENCE), await model.count(SONG)]).toEqual([SENTENCE_TOKENS, SONG_TOKENS]);
});

describe.each(TYPES)('a local model, as a provider of type %s,', (type) => {
  describe.each(DIALECTS)('asked by %s', (dialect) => {
    const callers = () => (CALLERS[dialect] as CallersOf)(`${gateway.url}/ai`, CALLERS_KEY);

    it.each(['ask', 'stream'] as const)('says what it has to say, and what it took: %s', async (how) => {
      const usage = { input: await model.countPrompt(CONVERSATION), output: SENTENCE_TOKENS };
      for (const caller of callers()) {
        const { said, record } = await recorded(() => caller[how](ASKED, type));
        expect([caller.name, said]).toMatchObject([caller.name, { text: SENTENCE, stop: 'stop' }]);
        if (able(caller, how === 'ask' ? 'usage' : 'streamed usage')) expect(said.usage).toMatchObject(usage);
        if (how === 'stream') expect(said.pieces).toBeGreaterThan(5);
        expect(record).toMatchObject({
          provider: type,
          finish: 'stop',
          status: 200,
          usage,
          estimated: false,
        });
      }
    });

    it.each(['ask', 'stream'] as const)('says no more than it may: %s', async (how) => {
      for (const caller of callers()) {
        const { said, record } = await recorded(() => caller[how]({ ...SING, maxTokens: SONG_TOKENS }, type));
        expect([caller.name, said]).toMatchObject([caller.name, { text: SONG, stop: 'length' }]);
        expect(record).toMatchObject({ finish: 'length', usage: { output: SONG_TOKENS } });
      }
    });

    it('stops when its caller leaves the stream', async () => {
      for (const caller of callers().filter((one) => able(one, 'abort by the caller'))) {
        const { record } = await recorded(() => leave(caller, type));
        const { n_decoded: said } = await untilStopped(caller.name);
        expect(said).toBeGreaterThan(2);
        await sleep(50);
        expect(await model.lastSlot()).toMatchObject({ is_processing: false, n_decoded: said });
        expect(record).toMatchObject({ stream: true, estimated: true });
        expect(record.usage.output).toBeGreaterThan(0);
      }
    });
  });

  it('stops when its caller leaves before there is an answer', async () => {
    const { id: before } = await model.lastSlot();
    const leaving = new AbortController();
    const client = new OpenAI({ baseURL: `${gateway.url}/ai/v1`, apiKey: CALLERS_KEY, maxRetries: 0 });
    const answer = client.chat.completions.create(
      { model: type, messages: [{ role: 'user', content: 'Sing!' }] },
      { signal: leaving.signal },
    );
    const left = expect(answer).rejects.toThrow(OpenAI.APIUserAbortError);
    await eventually(
      async () => (await model.lastSlot()).id > before && (await model.lastSlot()).n_decoded > 2,
    );
    expect((await model.lastSlot()).is_processing).toBe(true);
    leaving.abort();
    await left;
    await untilStopped('openai');
  });

  it('gives embeddings, as they are', async () => {
    const client = new OpenAI({ baseURL: `${gateway.url}/ai/v1`, apiKey: CALLERS_KEY, maxRetries: 0 });
    const input = ['What do llamas do?', 'Sing!'];
    const { data, usage } = await client.embeddings.create({ model: type, input });
    const own = await Promise.all(input.map((text) => model.embed(text)));
    expect(data.map(({ embedding }) => embedding)).toEqual(
      own.map((vector) => [...Float32Array.from(vector)]),
    );
    expect(data[0]!.embedding).not.toEqual(data[1]!.embedding);
    const counts = await Promise.all(input.map((text) => model.count(text)));
    expect(usage.prompt_tokens).toBe(counts[0]! + counts[1]!);
  });
});

/** Whether an SDK shows it at all. */
function able({ lacks }: Caller, feature: Feature): boolean {
  return lacks?.includes(feature) !== true;
}

async function leave(caller: Caller, type: string): Promise<Said | undefined> {
  const leaving = new AbortController();
  let pieces = 0;
  const onPiece = () => void (++pieces === 3 && leaving.abort());
  const said = caller.stream(SING_ON, type, leaving.signal, onPiece);
  return said.catch(() => {
    expect([caller.name, leaving.signal.aborted]).toEqual([caller.name, true]);
    return undefined;
  });
}

/** A call, and the record that the gateway has of it. */
async function recorded<Result>(call: () => Promise<Result>) {
  records.length = 0;
  const said = await call();
  await eventually(async () => records.length > 0);
  expect(records).toHaveLength(1);
  return { said, record: records[0]! };
}

async function untilStopped(name: string) {
  await eventually(async () => !(await model.lastSlot()).is_processing);
  const slot = await model.lastSlot();
  expect([name, slot.is_processing]).toEqual([name, false]);
  return slot;
}

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200 && !(await isSo()); tries++) await sleep(25);
}
