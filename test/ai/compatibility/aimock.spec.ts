import { LLMock } from '@copilotkit/aimock';
import { CALLERS } from './callers/callers.js';
import type { Caller } from './callers/caller.js';
import { COLUMNS } from './columns.js';
import { type MatrixGateway, startMatrixGateway } from './matrix-gateway.js';
import type { Ask, Tool } from './scene.js';

// The same callers, with an upstream that somebody else wrote: what it plays is its own reading of the providers' APIs.

const TEXT = 'Grüezi, Welt!';
const WEATHER: Tool = {
  name: 'weather',
  description: 'Tells the weather of a city',
  schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const ZURICH = { name: 'weather', arguments: '{"city":"Zürich"}' };
const PARIS = { name: 'weather', arguments: '{"city":"Paris"}' };
const CALLS = [ZURICH, PARIS].map(({ name, arguments: args }) => ({
  name,
  args: JSON.parse(args) as Record<string, unknown>,
}));

const hi = (user: string): Ask => ({ turns: [{ user }] });

describe('AI providers as aimock plays them', () => {
  const mock = new LLMock({ port: 0, logLevel: 'silent' });
  let gateway: MatrixGateway;

  beforeAll(async () => {
    mock
      .on({ userMessage: 'weather', hasToolResult: true }, { content: TEXT })
      .onMessage('weather', { toolCalls: [ZURICH, PARIS] })
      .onMessage('greet', { content: TEXT })
      .onMessage('think', { content: TEXT, reasoning: 'A greeting is due.' })
      .onMessage('long', { content: TEXT, finishReason: 'length' })
      .onMessage('odd', {
        error: { message: 'The prompt is odd.', type: 'invalid_request_error' },
        status: 400,
      });
    await mock.start();
    gateway = await startMatrixGateway(mock.url);
  });
  afterAll(async () => {
    await gateway?.stop();
    await mock.stop();
  });

  const played = COLUMNS.filter(({ name }) => name !== 'Mistral');

  describe.each(Object.entries(CALLERS))('%s', (dialect, callersOf) => {
    let caller: Caller;
    beforeAll(() => (caller = callersOf(`${gateway.url}/ai`, 'callers-own-key')[0]!));

    it.each(played)('to $name: texts, whole and streamed', async ({ model }) => {
      expect(await caller.ask(hi('greet'), model)).toMatchObject({ text: TEXT, stop: 'stop' });
      const streamed = await caller.stream(hi('greet'), model);
      expect(streamed).toMatchObject({ text: TEXT, stop: 'stop' });
    });

    it.each(played)(
      'to $name: parallel calls of tools and their results, whole and streamed',
      async ({ model }) => {
        const ask = { ...hi('weather'), tools: [WEATHER] };
        for (const way of ['ask', 'stream'] as const) {
          const said = await caller[way](ask, model);
          // Of Gemini it tells a reason of the end that Google does not have.
          expect(said.calls).toEqual(CALLS);
          const turns = [...ask.turns, { said, results: ['Sunny', 'Rainy'] }];
          expect(await caller[way]({ ...ask, turns }, model)).toMatchObject({ text: TEXT });
          const { messages = [] } = mock.getLastRequest()!.body as {
            messages?: { role: string; content: unknown }[];
          };
          const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
          expect(results).toEqual([expect.stringContaining('Sunny'), expect.stringContaining('Rainy')]);
        }
      },
    );

    // It gives no reason for a response that is incomplete, which callers of the same API see as it is.
    const ofKnownEnd = played.filter(
      ({ name }) => dialect !== 'OpenAI responses' || (name !== dialect && name !== 'Azure OpenAI'),
    );

    it.each(ofKnownEnd)('to $name: an answer that is cut for its length', async ({ model }) => {
      expect((await caller.ask({ ...hi('long'), maxTokens: 20 }, model)).stop).toBe('length');
      expect((await caller.stream({ ...hi('long'), maxTokens: 20 }, model)).stop).toBe('length');
    });

    it.each(played)('to $name: an error of the request', async ({ model }) => {
      const failed = await caller.ask(hi('odd'), model).catch((error: unknown) => caller.complaintOf(error));
      expect(failed).toMatchObject({ status: 400, name: caller.errorName(400) });
    });
  });
});
