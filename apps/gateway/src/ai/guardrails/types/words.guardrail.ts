import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AiGuardrail, type AiGuardrailType, type FindingGuardrail } from '../ai-guardrail.js';
import { findAll } from './find-all.js';

const settings = z.strictObject({
  words: z
    .array(z.string().trim().min(1).max(200))
    .min(1)
    .max(5_000)
    .describe('Words and phrases; a space in one stands for any space'),
  case_sensitive: z.boolean().default(false),
  whole_words: z
    .boolean()
    .default(true)
    .describe('Whether letters and digits beside it make another word of it'),
});

type Words = z.output<typeof settings>;

/** `{"type": "words", "settings": {"words": […]}}`: words that nobody is to say. */
@Injectable()
@AiGuardrail('words')
export class WordsGuardrail implements AiGuardrailType<Words> {
  readonly settings: z.ZodType<Words> = settings;

  make({ words, case_sensitive: isCaseSensitive, whole_words: areWhole }: Words): FindingGuardrail {
    const any = sourceOf(treeOf(isCaseSensitive ? words : words.map(folded)));
    const source = areWhole ? `(?<![\\p{L}\\p{N}_])${any}(?![\\p{L}\\p{N}_])` : any;
    const pattern = new RegExp(source, isCaseSensitive ? 'gu' : 'giu');
    return { find: (text) => findAll(text, pattern, 'WORD') };
  }
}

/** Words by what they begin with: a list of thousands takes no longer than one word does. */
interface Beginning {
  readonly next: Map<string, Beginning>;
  isWord: boolean;
}

function treeOf(words: readonly string[]): Beginning {
  const tree: Beginning = { next: new Map(), isWord: false };
  for (const word of words) {
    let at = tree;
    for (const sign of signsOf(word)) {
      const next = at.next.get(sign) ?? { next: new Map(), isWord: false };
      at.next.set(sign, next);
      at = next;
    }
    at.isWord = true;
  }
  return tree;
}

/** As the expression does it, sign by sign: some have several signs in lower case, and stay. */
function folded(word: string): string {
  const lower = (sign: string) => sign.toLowerCase();
  return [...word].map((sign) => ([...lower(sign)].length === 1 ? lower(sign) : sign)).join('');
}

/** What goes on comes first: of two words that begin alike, the longer one is meant. */
function sourceOf({ next, isWord }: Beginning): string {
  const sources = [...next].map(([sign, beginning]) => sign + sourceOf(beginning));
  if (isWord) sources.push('');
  return sources.length === 1 ? sources[0]! : `(?:${sources.join('|')})`;
}

/** Signs as a pattern has them. A run of spaces has a bound, so that a text of spaces costs no more. */
function signsOf(word: string): string[] {
  return [...word.replaceAll(/\s+/g, ' ')].map((sign) =>
    sign === ' ' ? '\\s{1,8}' : sign.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'),
  );
}
