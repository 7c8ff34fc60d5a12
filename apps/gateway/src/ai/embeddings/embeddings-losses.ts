import { DialectError } from '../dialects/dialect.js';
import type { EmbeddingsRequest } from './embeddings.js';

/** Members that change no vector: who asks, what stays in memory. */
const HINT = /^\/(?:user|keep_alive|model)$/;

/** What of a request cannot be told a provider that knows only of texts, and of the members named. */
export function lossesOf(
  { inputs, dimensions, dimensionsAt, unread }: EmbeddingsRequest,
  can: { readonly dimensions?: boolean; readonly tasks?: boolean; readonly titles?: boolean },
): string[] {
  const tasks = can.tasks
    ? []
    : inputs.filter(({ task }) => task !== undefined).map(({ at }) => `${at}/taskType`);
  const titles = can.titles
    ? []
    : inputs.filter(({ title }) => title !== undefined).map(({ at }) => `${at}/title`);
  const size = can.dimensions || dimensions === undefined ? [] : [dimensionsAt ?? '/dimensions'];
  return [...unread.filter((pointer) => !HINT.test(pointer)), ...tasks, ...titles, ...size];
}

/** @throws DialectError where several texts are sent to what takes one */
export function onlyInput({ inputs }: EmbeddingsRequest): EmbeddingsRequest['inputs'][number] {
  const [only, second] = inputs;
  if (second) throw DialectError.at(second.at, 'is one too many: this model takes one text at a time');
  return only!;
}
