import fc from 'fast-check';
import { GuardrailEvents } from './guardrail-events.js';
import type { Rail } from './guardrails.js';
import { Placeholders, RestoringStream } from './placeholders.js';
import { TextWindow } from './text-window.js';
import { PiiGuardrail } from './types/pii/pii.guardrail.js';
import { ENTITIES } from './types/pii/detectors.js';
import { WordsGuardrail } from './types/words.guardrail.js';
import type { FindingGuardrail, GuardrailAction } from './ai-guardrail.js';

const pii = new PiiGuardrail().make({ entities: [...ENTITIES] });
const words = new WordsGuardrail().make({ words: ['blue moon'], case_sensitive: false, whole_words: true });

function rail(name: string, action: GuardrailAction, guardrail: FindingGuardrail): Rail<FindingGuardrail> {
  const rest = {
    on: 'both',
    reversible: false,
    unreadable: 'block',
    hold_characters: 64,
    hold_time: 1,
  } as const;
  return { name, action, guardrail, ...rest };
}

function windowOf(rails: readonly Rail<FindingGuardrail>[], size: number) {
  const events = new GuardrailEvents();
  const window = new TextWindow({ rails, on: 'answer', events, placeholders: new Placeholders() }, size);
  return { window, events };
}

const TEXT =
  'Write to anna@example.org, or once in a Blue  moon to +49 30 901820. Or to anna@example.org 🙂 again.';
const MASKED = 'Write to <EMAIL_1>, or once in a <WORD_1> to <PHONE_1>. Or to <EMAIL_1> 🙂 again.';

describe('a text in pieces', () => {
  const rails = [rail('pii', 'mask', pii), rail('words', 'mask', words)];

  it('is masked as if it had come at once, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(TEXT.length), { maxLength: 40 }), (cuts) => {
        const { window, events } = windowOf(rails, 64);
        let out = '';
        let from = 0;
        for (const cut of [...cuts, TEXT.length].sort((a, b) => a - b)) {
          out += window.push(TEXT.slice(from, cut));
          from = cut;
        }
        expect(out + window.flush()).toBe(MASKED);
        expect(events.list).toEqual([
          { guardrail: 'pii', action: 'mask', on: 'answer', count: 3 },
          { guardrail: 'words', action: 'mask', on: 'answer', count: 1 },
        ]);
      }),
    );
  });

  it('is held back by no more than the window', () => {
    const { window } = windowOf(rails, 64);
    let [sent, got] = [0, 0];
    for (const sign of 'no need to hold this back '.repeat(100)) {
      got += window.push(sign).length;
      expect(++sent - got).toBeLessThanOrEqual(64);
    }
  });

  it('that is given away too early has what is left of a finding masked', () => {
    const { window } = windowOf(rails, 64);
    let out = window.push('Write to anna@exam');
    out += window.age();
    out += window.age();
    expect(out).toBe('Write to anna@exam');
    out += window.push('ple.org today') + window.flush();
    expect(out).toBe('Write to anna@exam<EMAIL_1> today');
  });

  it('is masked once where it grows behind what was given away', () => {
    const { window, events } = windowOf(rails, 64);
    let out = window.push('anna@example.co');
    out += window.age() + window.age();
    out += window.push('m!') + window.flush();
    expect(out).toBe('<EMAIL_1>!');
    expect(events.list).toMatchObject([{ count: 1 }]);
  });

  it('is not given away from where it is blocked', () => {
    const { window } = windowOf([rail('words', 'block', words)], 16);
    expect(window.push(`${'a '.repeat(20)}blue`)).not.toContain('blue');
    expect(() => window.push(' moon and then some more of it')).toThrow('words');
  });

  it('is as it was where it is only flagged', () => {
    const { window, events } = windowOf([rail('pii', 'flag', pii)], 64);
    expect(window.push(TEXT) + window.flush()).toBe(TEXT);
    expect(events.list).toMatchObject([{ action: 'flag', count: 3 }]);
    expect(events.flagged).toEqual(['pii']);
  });

  it('that is longer than the window is masked as one', () => {
    const long = {
      find: (text: string) =>
        [...text.matchAll(/x+/g)].map((m) => ({ start: m.index, end: m.index + m[0].length, label: 'X' })),
    };
    const { window, events } = windowOf([rail('long', 'mask', long)], 16);
    let out = '';
    for (let i = 0; i < 500; i++) out += window.push(i === 0 ? 'a x' : 'x');
    expect(out + window.push(' b') + window.flush()).toBe('a <X_1> b');
    expect(events.list).toMatchObject([{ count: 1 }]);
  });
});

describe('placeholders', () => {
  it('are not those that were there before', () => {
    const placeholders = new Placeholders();
    placeholders.avoidThoseIn('what is <EMAIL_1>, and <EMAIL_2>?');
    expect(placeholders.of('anna@example.org', 'EMAIL', true)).toBe('<EMAIL_3>');
    expect(placeholders.of('anna@example.org', 'EMAIL', true)).toBe('<EMAIL_3>');
    expect(placeholders.restore('<EMAIL_1> <EMAIL_3>')).toBe('<EMAIL_1> anna@example.org');
  });

  it('are put back however a stream cuts them', () => {
    const placeholders = new Placeholders();
    placeholders.of('anna@example.org', 'EMAIL', true);
    const text = 'a < b <EMAIL_1><EMAIL_9> <EM';
    for (let size = 1; size < text.length; size++) {
      const restoring = new RestoringStream(placeholders);
      let out = '';
      for (let at = 0; at < text.length; at += size) out += restoring.push(text.slice(at, at + size));
      expect(out + restoring.flush()).toBe('a < b anna@example.org<EMAIL_9> <EM');
    }
  });
});
