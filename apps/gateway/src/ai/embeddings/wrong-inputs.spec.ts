import { geminiBatchCaller } from './gemini-caller.embeddings.js';
import { ollamaCaller } from './ollama-caller.embeddings.js';
import { openAiCaller } from './openai-caller.embeddings.js';

const numbers = Array.from({ length: 300_000 }, (_, index) => index);

// What is told of a wrong item takes a thousand times the room of the item, and tokens come by the thousand.
it.each([
  ['tokens', '/input/0', openAiCaller, { input: numbers }],
  ['tokens', '/input/0', ollamaCaller, { input: numbers }],
  ['numbers', '/requests/0', geminiBatchCaller, { requests: numbers }],
  ['a long text', '/requests/0', geminiBatchCaller, { requests: ['a'.repeat(1_000_000)] }],
])('of many wrong inputs, only the first is told of: %s, %s', (_, pointer, caller, body) => {
  const before = process.memoryUsage().heapUsed;
  expect(() => caller.read({ model: 'm', ...body })).toThrow(expect.objectContaining({ pointer }));
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(60 * 1024 * 1024);
});
