import { Injectable } from '@nestjs/common';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { AiGuardrail, type AiGuardrailType, type Finding, type FindingGuardrail } from '../ai-guardrail.js';

/** Instructions that an expression may compile to; a match costs at most as many steps for each sign of its text. */
const MAX_PROGRAM = 2_000;

const pattern = z.strictObject({
  pattern: z
    .string()
    .min(1)
    .max(2_000)
    .superRefine((source, context) => {
      const fault = faultOf(source);
      if (fault !== undefined) context.addIssue(fault);
    })
    .describe('A regular expression (RE2); (?i) at its beginning lets it not mind case'),
  label: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,30}$/, 'must be 1 to 31 of A-Z, 0-9 and _')
    .default('MATCH')
    .describe('What stands in the place of what is masked: <MATCH_1>'),
});

const settings = z.strictObject({ patterns: z.array(pattern).min(1).max(100) });

type Expressions = z.output<typeof settings>;

/** `{"type": "regex", "settings": {"patterns": [{"pattern": …}]}}`: whatever expressions describe, in linear time. */
@Injectable()
@AiGuardrail('regex')
export class RegexGuardrail implements AiGuardrailType<Expressions> {
  readonly settings: z.ZodType<Expressions> = settings;

  make({ patterns }: Expressions): FindingGuardrail {
    const programs = patterns.map(({ pattern, label }) => ({ program: RE2JS.compile(pattern), label }));
    return { find: (text) => programs.flatMap(({ program, label }) => matchesOf(text, program, label)) };
  }
}

function matchesOf(text: string, program: RE2JS, label: string): Finding[] {
  const found: Finding[] = [];
  const matcher = program.matcher(text);
  while (matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (end > start) found.push({ start, end, label });
  }
  return found;
}

function faultOf(source: string): string | undefined {
  try {
    const program = RE2JS.compile(source);
    return program.programSize() > MAX_PROGRAM ? 'is too large' : undefined;
  } catch (error) {
    const reason = (error as Error).message.replace(/^error parsing regexp: /, '');
    return `is no regular expression that can be used (RE2): ${reason}`;
  }
}
