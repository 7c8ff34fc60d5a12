import type { ChatEvent, TokenUsage } from '../dialects/chat.js';
import { AttemptAccount, type AttemptEnd } from './attempt-account.js';

const TARGET = { model: 'mine', price: { input: 1, output: 10 }, provider: { type: {} } } as never;
const MOST = { usage: { input: 100, output: 1_000 }, cost: 10_100_000 };
const ASKING = { stream: true, at: 0, bytesIn: 30, most: undefined };

const delta = (text: string): ChatEvent => ({ type: 'delta', part: 0, candidate: 0, text }) as never;
const told = (usage: TokenUsage): ChatEvent => ({ type: 'usage', usage });
const STOP: ChatEvent = { type: 'stop', candidate: 0, stop: 'stop' } as never;

let now = 0;
beforeEach(() => {
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());

/** @param events and between them, how many milliseconds go by */
function account(end: AttemptEnd, ...events: (ChatEvent | number)[]): AttemptAccount {
  const made = new AttemptAccount(TARGET);
  for (const event of events) {
    if (typeof event === 'number') now += event;
    else made.see(event);
  }
  made.ended(end);
  return made;
}

describe('what a request to a provider comes to', () => {
  it('is what the provider says', () => {
    const whole = account('whole', told({ input: 9, output: 3 })).spent({ ...ASKING, stream: false });
    expect(whole).toEqual({ usage: { input: 9, output: 3 }, cost: 39_000, estimated: false });
    const stream = account('unheard', delta('Hello'), STOP, told({ input: 9, output: 3 }));
    expect(stream.spent({ ...ASKING, most: MOST })).toMatchObject({ cost: 39_000, estimated: false });
  });

  it('is nothing where it was refused or not sent', () => {
    expect(account('refused').spent({ ...ASKING, most: MOST })).toEqual({
      usage: {},
      cost: undefined,
      estimated: false,
    });
  });

  it('is the most that it may be, where it may go on and nothing of it was seen', () => {
    const left = account('unheard', told({ input: 9, output: 1 }));
    expect(left.spent({ ...ASKING, most: MOST })).toEqual({ ...MOST, estimated: true });
    expect(account('whole').spent({ ...ASKING, stream: false, most: MOST })).toEqual({
      ...MOST,
      estimated: true,
    });
    expect(account('whole').spent(ASKING)).toEqual({ usage: {}, cost: undefined, estimated: false });
  });

  it('is the input and what was seen, where the provider broke it off', () => {
    expect(account('broken').spent(ASKING).usage).toEqual({ input: 10 });
    expect(account('broken').spent({ ...ASKING, most: MOST }).usage).toEqual({ input: 100 });
    expect(account('broken', delta('Hello there')).spent(ASKING).usage).toEqual({ input: 10, output: 4 });
  });

  it('is told once, by what came first', () => {
    const made = account('unheard');
    made.ended('refused');
    expect(made.spent({ ...ASKING, most: MOST })).toMatchObject(MOST);
  });

  it.each([
    ['Latin letters', 'The quick brown fox', 7],
    ['Chinese', '敏捷的棕色狐狸', 7],
    ['Japanese', 'すばやい茶色のキツネ', 10],
    ['pictures', '🦊🦊🦊', 4],
  ])('of a stream that was left counts three bytes for a token: %s', (_, text, tokens) => {
    expect(account('unheard', delta(text)).spent(ASKING).usage.output).toBe(tokens);
  });

  it('of a stream that was left counts a token for each piece at least', () => {
    expect(
      account('unheard', ...Array.from({ length: 9 }, () => delta('a'))).spent(ASKING).usage.output,
    ).toBe(9);
  });

  describe('while a model may have thought where nobody sees it', () => {
    it('grows by 200 tokens with each second of silence, but for the first', () => {
      expect(account('unheard', 900, delta('Hi')).spent(ASKING).usage.output).toBe(1);
      expect(account('unheard', 3_000, delta('Hi')).spent(ASKING).usage.output).toBe(401);
      expect(account('unheard', delta('Hi'), 3_000).spent(ASKING).usage.output).toBe(401);
    });

    it('but not beyond the most that it may be', () => {
      expect(account('unheard', 60_000, delta('Hi')).spent({ ...ASKING, most: MOST }).usage.output).toBe(
        1_000,
      );
    });

    it('is what the provider says on the way', () => {
      const left = account('unheard', 60_000, told({ input: 9, output: 500 }), delta('Hi'));
      expect(left.spent(ASKING).usage).toEqual({ input: 9, output: 500 });
    });
  });
});
