import fc from 'fast-check';
import { answers, requests, streams } from '../../../../../test/gateway/ai/arbitraries.js';
import { contentOf, LACKS, meaningOf, sentIn, wire } from '../../../../../test/gateway/ai/meaning.js';
import { ANSWER, read, written } from '../../../../../test/gateway/ai/samples.js';
import { answerEvents } from './answer-events.js';
import { assembleAnswer } from './assemble-answer.js';
import type { AssistantPart } from './chat.js';
import type { DialectName } from './dialect.js';
import { DIALECTS } from './dialects.js';
import type { JsonObject, JsonValue } from '../../wire/json.js';

fc.configureGlobal({ numRuns: 50 });

const NAMES = Object.keys(DIALECTS) as DialectName[];
const PAIRS = NAMES.flatMap((a) => NAMES.map((b) => [a, b] as const));

const REQUEST = {
  model: 'm',
  stream: true,
  instructions: [],
  messages: [],
  tools: [],
  unconverted: [],
  wantsUsage: true,
};

describe.each(PAIRS)('from %s to %s', (from, to) => {
  const [a, b] = [DIALECTS[from], DIALECTS[to]];

  it('a request keeps what it asks for, and tells what is lost', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const caller = sentIn(a, request);
        const { body, dropped, ignored } = b.writeRequest(caller);
        const model = to === 'gemini' ? request.model : undefined;
        const provider = b.readRequest(wire(body), { model });
        const lacking = [...LACKS[from], ...LACKS[to]];
        expect(meaningOf(provider, lacking)).toEqual(meaningOf(request, lacking));
        const lost = LACKS[to].filter((member) => caller[member] !== undefined);
        // OpenAI's chat API has reasoning that nobody is shown.
        if (to === 'openai' && caller.reasoning?.shown) lost.push('reasoning');
        const told = lost.map((member) => caller.pointers?.[member] ?? `/${member}`);
        expect(new Set([...dropped, ...ignored])).toEqual(new Set(told));
      }),
    );
  });

  it('an answer says the same', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const provider = a.readAnswer(wire(a.writeAnswer(answer, REQUEST)));
        const caller = b.readAnswer(wire(b.writeAnswer(provider, REQUEST)));
        expect(contentOf(caller)).toEqual(contentOf(answer));
      }),
    );
  });

  it('a stream, however it is mixed and cut, says what the answer says', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 60 }), ({ answer, events }, size) => {
        const provider = read(a, written(a, events, REQUEST), size);
        const caller = read(b, written(b, provider, REQUEST), size);
        expect(caller[0]!.type).toBe('start');
        expect(caller.at(-1)).toEqual({ type: 'end' });
        expect(contentOf(assembleAnswer(caller))).toEqual(contentOf(answer));
      }),
    );
  });
});

describe.each(NAMES)('a stream of %s', (name) => {
  const dialect = DIALECTS[name];
  const stream = written(dialect, answerEvents(ANSWER), REQUEST);

  it('is the same events wherever it is cut', () => {
    const whole = read(dialect, stream);
    for (let size = 1; size < 40; size++) expect(read(dialect, stream, size)).toEqual(whole);
  });

  it('that ends early ends in an error, and never twice', () => {
    const bytes = Buffer.from(stream);
    const endings = Array.from({ length: Math.floor(bytes.length / 7) }, (_, at) => {
      const events = read(dialect, bytes.subarray(0, at * 7).toString());
      expect(events.filter(({ type }) => type === 'end' || type === 'error')).toHaveLength(1);
      return events.at(-1)!.type;
    });
    // What has stopped is whole, whatever is still to be said of it.
    expect(endings.slice(0, endings.length / 2)).not.toContain('end');
  });

  it('keeps signatures of Gemini and of Claude through a caller of the dialect', () => {
    const parts = ANSWER.candidates[0]!.parts;
    const caller = wire(dialect.writeAnswer(ANSWER, REQUEST));
    const first = (list: JsonValue | undefined) => (list as JsonObject[])[0]!;
    const history: Record<DialectName, () => JsonObject> = {
      openai: () => ({ model: 'm', messages: [first(caller.choices).message!] }),
      openai_responses: () => ({ model: 'm', input: caller.output }),
      anthropic: () => ({
        model: 'm',
        max_tokens: 1,
        messages: [{ role: 'assistant', content: caller.content }],
      }),
      gemini: () => ({ contents: [first(caller.candidates).content!] }),
    };
    const { messages } = dialect.readRequest(history[name](), { model: 'm' });
    expect(messages.flatMap((message) => message.parts as AssistantPart[])).toEqual(
      parts.map((part) => ({ ...part, at: expect.any(String) })),
    );
  });
});
