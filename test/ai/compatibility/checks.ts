import { once } from 'node:events';
import type { ProviderAnswer } from '../provider-server.js';
import type { Cell } from './cell.js';
import type { Feature } from './features.js';
import { type Ask, type Heard, type Tool, type ToolCall, USAGE } from './scene.js';
import { pieces } from './providers/provider.js';

const TEXT = 'Grüezi, Welt 🌍!';
const THOUGHT = 'A greeting is due.';
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PDF = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');
const IMAGE_URL = 'https://images.example.com/cat.png';

const HI: Ask = { turns: [{ user: 'Hi' }] };
const HELLO = { text: TEXT, stop: 'stop' } as const;

const WEATHER: Tool = {
  name: 'weather',
  description: 'Tells the weather of a city',
  schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const TIME: Tool = {
  name: 'time',
  description: 'Tells the time of a zone',
  schema: { type: 'object', properties: { zone: { type: 'string' } }, required: ['zone'] },
};
const IN_ZURICH: ToolCall = { name: 'weather', args: { city: 'Zürich' } };
const IN_PARIS: ToolCall = { name: 'weather', args: { city: 'Paris' } };
const NOW: ToolCall = { name: 'time', args: { zone: 'CET' } };
const ASK_TOOLS: Ask = { turns: [{ user: 'How is Zürich?' }], tools: [WEATHER, TIME] };
const ONE_CALL = { calls: [IN_ZURICH], stop: 'tools' } as const;
const CALLS = { text: 'I look.', calls: [IN_ZURICH, IN_PARIS, NOW], stop: 'tools' } as const;

const SCHEMA = {
  type: 'object',
  properties: { greeting: { type: 'string' } },
  required: ['greeting'],
  additionalProperties: false,
};

/** What each feature is, at any provider, by any SDK. */
export const CHECKS: Readonly<Record<Feature, (cell: Cell) => Promise<void>>> = {
  text: async (cell) => {
    const said = await cell.ask(HI, HELLO);
    expect(said).toMatchObject({ text: TEXT, calls: [], stop: 'stop' });
    expect(cell.heard()).toMatchObject({ model: cell.column.asked, stream: false });
    expect(turns(cell)).toEqual([['user', { text: 'Hi' }]]);
  },

  streaming: async (cell) => {
    const said = await cell.stream(HI, HELLO);
    expect(said).toMatchObject({ text: TEXT, calls: [], stop: 'stop', pieces: 2 });
    expect(cell.heard()).toMatchObject({ model: cell.column.asked, stream: true });
  },

  'conversation with a system prompt': async (cell) => {
    await cell.ask(
      { system: 'Be brief.', turns: [{ user: 'One?' }, { assistant: 'Two.' }, { user: 'Three?' }] },
      HELLO,
    );
    expect(cell.heard().system).toBe('Be brief.');
    expect(turns(cell)).toEqual([
      ['user', { text: 'One?' }],
      ['assistant', { text: 'Two.' }],
      ['user', { text: 'Three?' }],
    ]);
  },

  'tool call': async (cell) => {
    const said = await cell.ask(ASK_TOOLS, ONE_CALL);
    expect(said).toMatchObject({ calls: [IN_ZURICH], stop: 'tools' });
    expect(cell.heard().tools).toMatchObject([WEATHER, TIME]);
  },

  'streamed tool call': async (cell) => {
    const said = await cell.stream(ASK_TOOLS, ONE_CALL);
    expect(said).toMatchObject({ calls: [IN_ZURICH], stop: 'tools' });
  },

  'tool result': async (cell) => {
    const said = await cell.ask(ASK_TOOLS, ONE_CALL);
    const next = { ...ASK_TOOLS, turns: [...ASK_TOOLS.turns, { said, results: ['Sunny, 20 °C'] }] };
    expect(await cell.ask(next, HELLO)).toMatchObject({ text: TEXT, stop: 'stop' });
    expectResults(cell.heard(), [IN_ZURICH], ['Sunny, 20 °C']);
  },

  'parallel tool calls': async (cell) => {
    const said = await cell.ask(ASK_TOOLS, CALLS);
    expect(said).toMatchObject({ text: 'I look.', calls: CALLS.calls, stop: 'tools' });
    const results = ['Sunny', 'Rainy', 'Noon'];
    await cell.ask({ ...ASK_TOOLS, turns: [...ASK_TOOLS.turns, { said, results }] }, HELLO);
    expectResults(cell.heard(), CALLS.calls, results);
  },

  'streamed parallel tool calls': async (cell) => {
    const said = await cell.stream(ASK_TOOLS, CALLS);
    expect(said).toMatchObject({ text: 'I look.', calls: CALLS.calls, stop: 'tools' });
    const results = ['Sunny', 'Rainy', 'Noon'];
    await cell.stream({ ...ASK_TOOLS, turns: [...ASK_TOOLS.turns, { said, results }] }, HELLO);
    expectResults(cell.heard(), CALLS.calls, results);
  },

  'tool choice': async (cell) => {
    for (const toolChoice of ['required', { only: 'time' }] as const) {
      await cell.ask({ ...ASK_TOOLS, toolChoice }, { calls: [NOW], stop: 'tools' });
      const heard = cell.heard();
      // Where one tool cannot be named, it is the only one that is told.
      const told = heard.tools.length === 1 ? { only: heard.tools[0]!.name } : heard.toolChoice;
      expect(told).toEqual(toolChoice);
    }
    await cell.ask({ ...ASK_TOOLS, toolChoice: 'none' }, HELLO);
    // Tools that must not be called need not be told.
    const { toolChoice, tools } = cell.heard();
    expect(tools.length === 0 ? 'none' : toolChoice).toBe('none');
  },

  'image as base64': async (cell) => {
    const image = { base64: PNG, type: 'image/png' };
    await cell.ask({ turns: [{ user: [{ text: 'What is it?' }, { image }] }] }, HELLO);
    expect(turns(cell)).toEqual([['user', { text: 'What is it?' }, { image }]]);
  },

  'image by https': async (cell) => {
    const image = { url: IMAGE_URL };
    await cell.ask({ turns: [{ user: [{ text: 'What is it?' }, { image }] }] }, HELLO);
    expect(turns(cell)).toEqual([['user', { text: 'What is it?' }, { image }]]);
  },

  'PDF as base64': async (cell) => {
    const pdf = { base64: PDF, name: 'paper.pdf' };
    await cell.ask({ turns: [{ user: [{ text: 'Sum it up.' }, { pdf }] }] }, HELLO);
    expect(turns(cell)).toMatchObject([['user', { text: 'Sum it up.' }, { pdf: { base64: PDF } }]]);
  },

  'JSON schema': async (cell) => {
    const answer = JSON.stringify({ greeting: TEXT });
    const said = await cell.ask({ ...HI, schema: SCHEMA }, { text: answer, stop: 'stop' });
    expect(JSON.parse(said.text)).toEqual({ greeting: TEXT });
    // Google's own schemas know nothing of members that are not told.
    const { additionalProperties: _, ...told } = SCHEMA;
    expect(cell.heard().schema).toMatchObject(told);
  },

  reasoning: async (cell) => {
    const said = await cell.ask({ ...HI, thinks: true }, { reasoning: THOUGHT, ...HELLO });
    expect(said).toMatchObject({ text: TEXT, reasoning: THOUGHT });
    expect(cell.heard().thinks).toBe(true);
  },

  'streamed reasoning': async (cell) => {
    const said = await cell.stream({ ...HI, thinks: true }, { reasoning: THOUGHT, ...HELLO });
    expect(said).toMatchObject({ text: TEXT, reasoning: THOUGHT });
  },

  usage: async (cell) => {
    expect((await cell.ask(HI, HELLO)).usage).toMatchObject(usageAt(cell));
  },

  'streamed usage': async (cell) => {
    expect((await cell.stream(HI, HELLO)).usage).toMatchObject(usageAt(cell));
  },

  'stop by length': async (cell) => {
    const ask = { ...HI, maxTokens: 20 };
    const answer = { text: TEXT, stop: 'length' } as const;
    expect(await cell.ask(ask, answer)).toMatchObject({ text: TEXT, stop: 'length' });
    expect(cell.heard().maxTokens).toBe(20);
    expect(await cell.stream(ask, answer)).toMatchObject({ text: TEXT, stop: 'length' });
  },

  'stop by content filter': async (cell) => {
    const answer = { text: TEXT, stop: 'filtered' } as const;
    expect((await cell.ask(HI, answer)).stop).toBe('filtered');
    expect((await cell.stream(HI, answer)).stop).toBe('filtered');
  },

  'stop sequences': async (cell) => {
    expect(await cell.ask({ ...HI, stop: ['END', '###'] }, HELLO)).toMatchObject({
      text: TEXT,
      stop: 'stop',
    });
    expect(cell.heard().stop).toEqual(['END', '###']);
  },

  'provider’s 400': async (cell) => {
    const told = await cell.complaint(HI, 400, 'The prompt is odd.');
    expect(told).toMatchObject({ name: cell.caller.errorName(400), status: 400 });
    expect(told.message).toContain('The prompt is odd.');
  },

  /** The key is the gateway's: no fault of the caller's. */
  'provider’s 401': async (cell) => {
    const told = await cell.complaint(HI, 401, 'Bad key.');
    expect(told).toMatchObject({ name: cell.caller.errorName(502), status: 502 });
    expect(told.message).not.toContain('Bad key.');
  },

  'provider’s 429 with Retry-After': async (cell) => {
    const told = await cell.complaint(HI, 429, 'Slow down.', { 'retry-after': '7' });
    expect(told).toMatchObject({ name: cell.caller.errorName(429), status: 429 });
    if (cell.caller.tellsHeaders !== false) expect(Number(told.retryAfter)).toBeGreaterThan(5);
  },

  'provider’s 500': async (cell) => {
    const told = await cell.complaint(HI, 500, 'Broken.');
    expect(told).toMatchObject({ name: cell.caller.errorName(502), status: 502 });
  },

  'wrong key of the caller': async (cell) => {
    const told = await cell.strangersComplaint(HI);
    expect(told).toMatchObject({ name: cell.caller.errorName(401), status: 401 });
    expect(cell.requests).toHaveLength(0);
  },

  'abort by the caller': async (cell) => {
    let closed: Promise<unknown> | undefined;
    const beginning: ProviderAnswer = (_, response) => {
      closed = once(response, 'close');
      const { wire } = cell.column;
      response.writeHead(200, { 'content-type': wire.streamType ?? 'text/event-stream' });
      response.write(wire.beginning?.(HELLO) ?? upToFirstPiece(wire.stream(HELLO) as string));
    };
    await expect(cell.leave(HI, beginning)).rejects.toThrow();
    await closed;
    expect(cell.requests).toHaveLength(1);
  },
};

/** A stream that goes no further than its first piece of text. */
function upToFirstPiece(stream: string): string {
  const at = stream.indexOf(pieces(TEXT)[0]);
  return stream.slice(0, at) + /^.*?(\r\n\r\n|\n\n)/s.exec(stream.slice(at))![0];
}

function usageAt({ caller, column: { wire } }: Cell): object {
  const { counts = { cached: true, reasoning: true } } = caller;
  const { input, output, cached, reasoning } = USAGE;
  return {
    input,
    output,
    ...(wire.counts.cached && counts.cached ? { cached } : {}),
    ...(wire.counts.reasoning && counts.reasoning ? { reasoning } : {}),
  };
}

/** Each turn as its role and its parts. */
function turns(cell: Cell): unknown[] {
  return cell.heard().turns.map(({ role, parts }) => [role, ...parts]);
}

/** Calls and results belong together by their ids, in whatever turns they are. */
function expectResults({ turns }: Heard, calls: readonly ToolCall[], results: readonly string[]): void {
  const parts = turns.flatMap((turn) => turn.parts);
  const called = parts.filter((part) => 'call' in part);
  expect(called.map(({ call }) => call)).toEqual(calls);
  const returned = parts.filter((part) => 'result' in part);
  expect(returned.map(({ result }) => result)).toEqual(results);
  expect(returned.map(({ of }) => of)).toEqual(called.map(({ id }) => id));
  expect(turns.map(({ role }) => role).filter((role, at, all) => role !== all[at - 1])).toEqual([
    'user',
    'assistant',
    'tool',
  ]);
}
