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
    // The longest first: of two that begin alike, it is the one that is meant.
    const alternatives = [...words].sort((a, b) => b.length - a.length).map(patternOf);
    const any = `(?:${alternatives.join('|')})`;
    const source = areWhole ? `(?<![\\p{L}\\p{N}_])${any}(?![\\p{L}\\p{N}_])` : any;
    const pattern = new RegExp(source, isCaseSensitive ? 'gu' : 'giu');
    return { find: (text) => findAll(text, pattern, 'WORD') };
  }
}

/** A literal, with signs of its own meaning escaped. A run of spaces has a bound, so that a text of spaces costs no more. */
function patternOf(word: string): string {
  return word
    .split(/\s+/)
    .map((piece) => piece.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
    .join('\\s{1,8}');
}
