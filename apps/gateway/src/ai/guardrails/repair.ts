import type { JsonValue } from '../../wire/json.js';
import type { CallerDialectName } from '../dialects/dialect.js';
import { Asked } from '../requests/asked.js';

/** An answer is not as it is to be, and the model may be asked again. */
export class RepairNeeded extends Error {
  /** @param text what the model answered @param fault what is wrong with it */
  constructor(
    readonly text: string,
    readonly fault: string,
  ) {
    super('The answer needs a repair');
  }
}

/** The same question, with the answer that was wrong and what is wrong with it. */
export function askedAgain(asked: Asked, { text, fault }: RepairNeeded): Asked {
  const { operation, dialect, query } = asked;
  const wish = `Your last answer cannot be used. ${fault} Answer again with nothing but the JSON that was asked for.`;
  const { member, said } = TURNS[operation.dialect];
  const before = asked.json[member];
  const turns = Array.isArray(before)
    ? (before as readonly JsonValue[])
    : before === undefined
      ? []
      : [said.user(before as string)];
  const more = [...(text === '' ? [] : [said.model(text)]), said.user(wish)];
  const body = asked
    .edits()
    .set(member, [...turns, ...more])
    .apply();
  return new Asked(operation, dialect, body, query);
}

interface Turns {
  /** Where the dialect has the conversation. */
  readonly member: string;
  readonly said: Readonly<Record<'user' | 'model', (text: string) => JsonValue>>;
}

const messages: Turns['said'] = {
  user: (content) => ({ role: 'user', content }),
  model: (content) => ({ role: 'assistant', content }),
};

const TURNS: Readonly<Record<CallerDialectName, Turns>> = {
  openai: { member: 'messages', said: messages },
  openai_responses: { member: 'input', said: messages },
  anthropic: { member: 'messages', said: messages },
  mistral: { member: 'messages', said: messages },
  ollama: { member: 'messages', said: messages },
  ollama_generate: { member: 'messages', said: messages },
  gemini: {
    member: 'contents',
    said: {
      user: (text) => ({ role: 'user', parts: [{ text }] }),
      model: (text) => ({ role: 'model', parts: [{ text }] }),
    },
  },
};
