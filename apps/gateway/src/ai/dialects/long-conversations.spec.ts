import { DIALECTS, PROVIDER_DIALECTS } from '../dialects-by-name.js';
import type { JsonObject } from '../../wire/json.js';
import type { CallerDialectName } from './dialect.js';

const MANY = 80_000;
const many = (one: (index: number) => JsonObject): JsonObject[] =>
  Array.from({ length: MANY }, (_, n) => one(n));

const user = { role: 'user', content: 'a' };
const called = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
const tool = (n: number) => ({ type: 'function', function: { name: `t${n}` } });
const asked = { parts: [{ text: 'a' }] };

/** What callers can say as often as a body has room for: whoever takes the square of the time for it is out of service. */
const CONVERSATIONS: Readonly<Record<string, readonly [CallerDialectName, JsonObject]>> = {
  'messages of a user': ['openai', { messages: many(() => user) }],
  'messages of a model': [
    'openai',
    { messages: [user, ...many(() => ({ role: 'assistant', content: 'a' }))] },
  ],
  'results of tools': [
    'openai',
    {
      messages: [
        user,
        { role: 'assistant', tool_calls: [called] },
        ...many(() => ({ role: 'tool', tool_call_id: 'a', content: 'a' })),
      ],
    },
  ],
  'tools to choose from': [
    'openai',
    {
      messages: [user],
      tools: many(tool),
      tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: many(tool) } },
    },
  ],
  thoughts: [
    'anthropic',
    {
      max_tokens: 1,
      messages: [
        user,
        {
          role: 'assistant',
          content: many(() => ({ type: 'thinking', thinking: 'a', signature: 'openai:a' })),
        },
      ],
    },
  ],
  'items of one turn': [
    'openai_responses',
    { input: many(() => ({ type: 'message', role: 'assistant', content: 'a' })) },
  ],
  'turns of a model': [
    'gemini',
    { contents: [asked, ...many(() => ({ role: 'model', parts: [{ text: 'a' }] }))] },
  ],
  'calls without ids, and their results': [
    'gemini',
    {
      contents: [
        asked,
        { role: 'model', parts: many(() => ({ functionCall: { name: 'f' } })) },
        { role: 'user', parts: many(() => ({ functionResponse: { name: 'f', response: {} } })) },
      ],
    },
  ],
};

it.each(Object.keys(CONVERSATIONS))('a conversation of many %s is converted in time', (name) => {
  const [dialect, body] = CONVERSATIONS[name]!;
  const path = { model: 'm', stream: false };
  const times: Record<string, number> = {};
  const took = <Value>(step: string, work: () => Value): Value => {
    const from = process.cpuUsage();
    const value = work();
    times[step] = process.cpuUsage(from).user / 1_000;
    return value;
  };
  const request = took('read', () => DIALECTS[dialect].readRequest({ model: 'm', ...body }, path));
  for (const one of Object.values(PROVIDER_DIALECTS)) took(one.name, () => one.writeRequest(request));
  expect(Object.entries(times).filter(([, ms]) => ms > 6_000)).toEqual([]);
});

const WRONG: Readonly<Record<string, readonly [CallerDialectName, JsonObject, pointer: string]>> = {
  messages: ['openai', { messages: many(() => 1 as never) }, '/messages/0'],
  parts: [
    'openai',
    { messages: [{ role: 'user', content: many(() => ({})) }] },
    '/messages/0/content/0/type',
  ],
  blocks: [
    'anthropic',
    { max_tokens: 1, messages: [{ role: 'user', content: many(() => 1 as never) }] },
    '/messages/0/content/0',
  ],
  items: ['openai_responses', { input: many(() => 1 as never) }, '/input/0'],
  turns: ['gemini', { contents: many(() => 1 as never) }, '/contents/0'],
};

// What zod tells of a wrong item takes a thousand times the room of the item.
it.each(Object.keys(WRONG))('of many wrong %s, only the first is told of', (name) => {
  const [dialect, body, pointer] = WRONG[name]!;
  const before = process.memoryUsage().heapUsed;
  expect(() => DIALECTS[dialect].readRequest({ model: 'm', ...body }, { model: 'm', stream: false })).toThrow(
    expect.objectContaining({ pointer }),
  );
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(40 * 1024 * 1024);
});
