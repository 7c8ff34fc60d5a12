import fc from 'fast-check';
import type {
  AssistantPart,
  ChatAnswer,
  ChatEvent,
  ChatMessage,
  ChatRequest,
  ToolCallPart,
  UserPart,
} from '../../../apps/gateway/src/ai/dialects/chat.js';
import { answerEvents } from '../../../apps/gateway/src/ai/dialects/answer-events.js';
import type { JsonObject } from '../../../apps/gateway/src/wire/json.js';

// What all dialects can say.

const said = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((text) => text.trim() !== '');
const base64 = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('base64'));
const name = fc.stringMatching(/^[a-z][a-z_]{0,11}$/);

/** As JSON has it: without -0. */
const args = fc
  .dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 2 }), {
    maxKeys: 4,
    noNullPrototype: true,
  })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);

const text = said.map((text) => ({ type: 'text', text }) as const);

const media = fc.oneof(
  fc.record({
    type: fc.constant('image' as const),
    source: fc.record({ data: base64, mediaType: fc.constant('image/png') }),
  }),
  fc.constant({ type: 'image', source: { url: 'https://example.com/a.png' } } as const),
  fc.record({
    type: fc.constant('file' as const),
    source: fc.record({ data: base64, mediaType: fc.constant('application/pdf') }),
    name: fc.constant('a.pdf'),
  }),
);

const userParts: fc.Arbitrary<UserPart[]> = fc.array(fc.oneof(text, media), { minLength: 1, maxLength: 4 });

const calls: fc.Arbitrary<Omit<ToolCallPart, 'id'>[]> = fc.array(
  fc.record({ type: fc.constant('tool_call' as const), name, arguments: args }),
  { maxLength: 3 },
);

interface Turn {
  readonly asked: UserPart[] | undefined;
  readonly text: string;
  readonly calls: Omit<ToolCallPart, 'id'>[];
  readonly result: string;
}

const turn: fc.Arbitrary<Turn> = fc.record({
  asked: fc.option(userParts, { nil: undefined }),
  text: said,
  calls,
  result: said,
});

function messagesOf(first: UserPart[], turns: readonly Turn[]): ChatMessage[] {
  const messages: ChatMessage[] = [{ role: 'user', parts: first }];
  for (const [index, { asked, text, calls, result }] of turns.entries()) {
    const named = calls.map((call, at) => ({ ...call, id: `call_${index}_${at}` }));
    messages.push({ role: 'assistant', parts: [{ type: 'text', text }, ...named] });
    if (named.length > 0) {
      messages.push({
        role: 'tool',
        parts: named.map(({ id }) => ({
          type: 'tool_result',
          callId: id,
          parts: [{ type: 'text', text: result }],
        })),
      });
    }
    if (asked || named.length === 0) messages.push({ role: 'user', parts: asked ?? first });
  }
  return messages;
}

const tools = fc.uniqueArray(
  fc.record({
    name,
    description: said,
    parameters: fc.constant({ type: 'object', properties: { a: { type: 'string' } } }),
  }),
  { selector: (tool) => tool.name, minLength: 1, maxLength: 3 },
);

const sampling = fc.record(
  {
    temperature: fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10),
    topP: fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10),
    topK: fc.nat(100),
    seed: fc.nat(),
    frequencyPenalty: fc.constantFrom(0.5, 1),
    presencePenalty: fc.constantFrom(0.5, 1),
    topLogprobs: fc.nat(5),
    stop: fc.array(said, { minLength: 1, maxLength: 3 }),
    user: said,
    metadata: fc.dictionary(name, said, { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
  },
  { requiredKeys: [] },
);

/** A model that thinks is sampled by itself, and chooses its tools. */
const manner = fc.oneof(
  fc.record({ reasoning: fc.constantFrom('low', 'medium', 'high').map((effort) => ({ effort }) as const) }),
  sampling,
);

const choice = (names: readonly string[]) =>
  fc.constantFrom(
    undefined,
    { mode: 'auto' } as const,
    { mode: 'none' } as const,
    { mode: 'required' } as const,
    { mode: 'required', only: [names[0]!] } as const,
  );

const tooling = fc.oneof(
  fc.constant({ tools: [] }),
  tools.chain((tools) =>
    fc.record({
      tools: fc.constant(tools),
      toolChoice: choice(tools.map(({ name }) => name)),
      parallelToolCalls: fc.constantFrom(undefined, false),
    }),
  ),
);

export const requests: fc.Arbitrary<ChatRequest> = fc
  .record({
    instructions: fc.array(text, { maxLength: 2 }),
    first: userParts,
    turns: fc.array(turn, { maxLength: 3 }),
    manner,
    tooling,
    maxOutputTokens: fc.nat(10_000),
    schema: fc.option(
      fc.constant({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false }),
      { nil: undefined },
    ),
  })
  .map(({ instructions, first, turns, manner, tooling, maxOutputTokens, schema }) => {
    const thinks = 'reasoning' in manner;
    const forced = 'toolChoice' in tooling && tooling.toolChoice?.mode === 'required';
    const unheard = 'toolChoice' in tooling && tooling.toolChoice?.mode === 'none';
    return {
      model: 'a-model',
      stream: false,
      instructions,
      messages: messagesOf(first, turns),
      ...tooling,
      ...(thinks && forced ? { toolChoice: undefined } : {}),
      ...(unheard ? { parallelToolCalls: undefined } : {}),
      ...manner,
      maxOutputTokens,
      outputFormat: schema && { type: 'json_schema', schema },
      unconverted: [],
    };
  });

const usage = fc
  .record({ fresh: fc.nat(1_000), cacheRead: fc.nat(1_000), said: fc.nat(1_000), reasoning: fc.nat(1_000) })
  .map(({ fresh, cacheRead, said, reasoning }) => ({
    input: fresh + cacheRead,
    output: said + reasoning,
    cacheRead,
    reasoning,
  }));

export const answers: fc.Arbitrary<ChatAnswer> = fc
  .record({
    reasoning: fc.option(said, { nil: undefined }),
    text: fc.option(said, { nil: undefined }),
    calls,
    stop: fc.constantFrom('stop', 'length', 'content_filter'),
    usage,
  })
  .map(({ reasoning, text, calls, stop, usage }) => {
    const parts: AssistantPart[] = [
      ...(reasoning === undefined ? [] : [{ type: 'reasoning', text: reasoning } as const]),
      ...(text === undefined ? [] : [{ type: 'text', text } as const]),
      ...calls.map((call, index) => ({ ...call, id: `call_${index}` })),
    ];
    return {
      id: 'answer-1',
      model: 'a-model',
      created: 1_760_000_000,
      candidates: [{ parts, stop: stop === 'stop' && calls.length > 0 ? 'tool_calls' : stop }],
      usage,
    };
  });

/** An answer as a stream whose parts come in pieces, those of its tool calls mixed. */
export const streams: fc.Arbitrary<{ answer: ChatAnswer; events: ChatEvent[] }> = fc
  .tuple(answers, fc.array(fc.nat(), { minLength: 1, maxLength: 20 }))
  .map(([answer, picks]) => ({
    answer,
    events: mixed(
      [...answerEvents(answer)].flatMap((event) => pieces(event, picks)),
      picks,
    ),
  }));

function pieces(event: ChatEvent, picks: readonly number[]): ChatEvent[] {
  if (event.type !== 'delta') return [event];
  // Never within a character.
  const characters = [...event.text];
  const at = picks[0]! % characters.length;
  return [characters.slice(0, at), characters.slice(at)]
    .filter((piece) => piece.length > 0)
    .map((piece) => ({ ...event, text: piece.join('') }));
}

function mixed(events: readonly ChatEvent[], picks: readonly number[]): ChatEvent[] {
  const called = new Set(
    events.flatMap((event) =>
      event.type === 'part_start' && event.of.type === 'tool_call' ? [event.part] : [],
    ),
  );
  const isOfCall = (event: ChatEvent) => 'part' in event && called.has(event.part);
  const first = events.findIndex(isOfCall);
  if (first < 0) return [...events];
  const starts = events.filter((event) => isOfCall(event) && event.type === 'part_start');
  const queues = [...called].map((part) =>
    events.filter((event) => 'part' in event && event.part === part && event.type !== 'part_start'),
  );
  const order: ChatEvent[] = [];
  for (let pick = 0; queues.some((queue) => queue.length > 0); pick++) {
    const open = queues.filter((queue) => queue.length > 0);
    order.push(open[picks[pick % picks.length]! % open.length]!.shift()!);
  }
  const rest = events.filter((event) => !isOfCall(event));
  return [...rest.slice(0, first), ...starts, ...order, ...rest.slice(first)];
}
