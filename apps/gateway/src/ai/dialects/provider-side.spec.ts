import fc from 'fast-check';
import { answers, requests, streams } from '../../../../../test/gateway/ai/arbitraries.js';
import { readConverse } from '../../../../../test/gateway/ai/bedrock-requests.js';
import { converseAnswer, converseStream, readBedrock } from '../../../../../test/gateway/ai/bedrock-wire.js';
import {
  cohereAnswer,
  cohereStream,
  readCohere,
  readCohereRequest,
} from '../../../../../test/gateway/ai/cohere-wire.js';
import { contentOf, LACKS, meaningOf, sentIn, wire } from '../../../../../test/gateway/ai/meaning.js';
import { read, written } from '../../../../../test/gateway/ai/samples.js';
import { assembleAnswer } from './assemble-answer.js';
import { bedrock } from './bedrock/bedrock.dialect.js';
import { cohere } from './cohere/cohere.dialect.js';
import { mistral } from './mistral/mistral.dialect.js';
import type { ChatAnswer, ChatEvent, ChatRequest, UserPart } from './chat.js';
import type { DialectName, ProviderDialect } from './dialect.js';
import { DIALECTS } from './dialects.js';
import type { JsonObject } from '../../wire/json.js';

fc.configureGlobal({ numRuns: 50 });

const CALLERS = Object.keys(DIALECTS) as DialectName[];

/** The other side of a dialect that no caller speaks. */
interface OtherSide {
  readonly dialect: ProviderDialect;
  readonly model: string;
  /** What the dialect has no place for. */
  readonly lacks: readonly (keyof ChatRequest)[];
  /** What it is told about as much of. */
  readonly approximates: readonly (keyof ChatRequest)[];
  /** Whether it cannot be told which of the tools to call: others are not shown. */
  readonly choosesAmongAll: boolean;
  readonly takes: (part: UserPart) => boolean;
  /** Whether it is told the names of files. */
  readonly namesFiles?: boolean;
  readRequest(body: JsonObject, model: string): ChatRequest;
  writeAnswer(answer: ChatAnswer): JsonObject;
  /** The events of its stream, read in pieces of a size. */
  streamed(events: Iterable<ChatEvent>, size: number): ChatEvent[];
}

const OTHER_SIDES: OtherSide[] = [
  {
    dialect: bedrock,
    model: 'anthropic.claude-opus-5-v1:0',
    lacks: [
      'seed',
      'frequencyPenalty',
      'presencePenalty',
      'topLogprobs',
      'metadata',
      'user',
      'parallelToolCalls',
    ],
    approximates: [],
    choosesAmongAll: false,
    takes: (part) => part.type === 'text' || !('url' in part.source),
    readRequest: readConverse,
    writeAnswer: converseAnswer,
    streamed: (events, size) => readBedrock(converseStream(events), size),
  },
  {
    dialect: cohere,
    model: 'command-a-reasoning-08-2025',
    lacks: ['topLogprobs', 'metadata', 'user', 'parallelToolCalls'],
    approximates: ['reasoning'],
    choosesAmongAll: true,
    takes: ({ type }) => type !== 'file',
    readRequest: readCohereRequest,
    writeAnswer: cohereAnswer,
    streamed: (events, size) => readCohere(cohereStream(events), size),
  },
  {
    dialect: mistral,
    model: 'magistral-medium-latest',
    lacks: ['topK', 'topLogprobs', 'user'],
    approximates: [],
    choosesAmongAll: false,
    takes: () => true,
    namesFiles: true,
    readRequest: (body, model) => mistral.readRequest(body, { model }),
    writeAnswer: (answer) => mistral.writeAnswer(answer, REQUEST),
    streamed: (events, size) => read(mistral, written(mistral, events, REQUEST), size),
  },
];

const PAIRS = OTHER_SIDES.flatMap((side) =>
  CALLERS.map((caller) => [side.dialect.name, caller, side] as const),
);
const REQUEST = {
  model: 'm',
  stream: true,
  instructions: [],
  messages: [],
  tools: [],
  unconverted: [],
  wantsUsage: true,
};

/** What the provider takes; no tools are shown to a model that must call none, nor is nucleus sampling told at its ends. */
function sayable(request: ChatRequest, { takes, choosesAmongAll }: OtherSide): ChatRequest {
  const messages = request.messages.map((message) => {
    if (message.role !== 'user') return message;
    const parts = message.parts.filter(takes);
    return { ...message, parts: parts.length > 0 ? parts : [{ type: 'text', text: 'Look!' } as const] };
  });
  const { toolChoice, topP, ...rest } = request;
  const isToldSo = toolChoice?.mode !== 'none' && !(choosesAmongAll && toolChoice && 'only' in toolChoice);
  return {
    ...rest,
    messages,
    ...(isToldSo ? { toolChoice } : {}),
    ...(topP === undefined ? {} : { topP: Math.min(0.9, Math.max(0.1, topP)) }),
  } as ChatRequest;
}

/** Names of files are not told, nor is there an id or a model in answers, nor how much was thought. */
const unnamed = (meaning: object) =>
  JSON.parse(
    JSON.stringify(meaning, (name, value: unknown) =>
      name === 'name' && value === 'a.pdf' ? undefined : value,
    ),
  ) as object;
const said = (answer: ChatAnswer) => {
  const { candidates, usage } = contentOf(answer) as { candidates: object; usage: object };
  return { candidates, usage: { ...usage, reasoning: undefined } };
};

describe.each(PAIRS)('%s for callers of %s', (_, name, side) => {
  const caller = DIALECTS[name];

  it('is asked for the same, and what is lost is told', () => {
    fc.assert(
      fc.property(requests, (generated) => {
        const request = { ...sayable(generated, side), model: side.model };
        const asked = { ...sentIn(caller, request), model: side.model };
        const { body, dropped, ignored } = side.dialect.writeRequest(asked);
        const lacking = [...LACKS[name], ...side.lacks];
        const got = meaningOf(side.readRequest(wire(body), side.model), lacking);
        expect(unnamed(got)).toEqual(unnamed(meaningOf(request, lacking)));
        const untold = [...side.lacks, ...side.approximates];
        const lost = untold
          .filter((member) => asked[member] !== undefined)
          .map((member) => asked.pointers?.[member] ?? `/${member}`);
        const files = asked.messages.flatMap((message) =>
          message.role === 'user'
            ? message.parts.flatMap((part) =>
                part.type === 'file' && part.name !== undefined && !side.namesFiles ? part.at! : [],
              )
            : [],
        );
        expect(new Set([...dropped, ...ignored])).toEqual(new Set([...lost, ...files]));
      }),
    );
  });

  it('answers the same', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const provider = side.dialect.readAnswer(wire(side.writeAnswer(answer)), answer.model);
        const got = caller.readAnswer(wire(caller.writeAnswer(provider, REQUEST)));
        expect(said(got)).toEqual(said(answer));
        expect(got.model).toBe(answer.model);
      }),
    );
  });

  it('streams the same, however it is mixed and cut', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 60 }), ({ answer, events }, size) => {
        const got = read(caller, written(caller, side.streamed(events, size), REQUEST), size);
        expect(got[0]!.type).toBe('start');
        expect(got.at(-1)).toEqual({ type: 'end' });
        expect(said(assembleAnswer(got))).toEqual(said(answer));
      }),
    );
  });
});
