import { RE2JS } from 're2js';

/** Instructions that a pattern may compile to; a match costs at most as many steps for each sign of its text. */
const MAX_PROGRAM = 2_000;

/**
 * A `pattern` of a schema as RE2 has it, whose time is linear in the text: callers write the text. No look-around and no
 * back-references.
 * @throws Error when it cannot be used
 */
export function linearPattern(source: string): RegExp {
  const program = RE2JS.compile(RE2JS.translateRegExp(source));
  if (program.programSize() > MAX_PROGRAM)
    throw new Error(`The pattern ${source.slice(0, 100)} is too large`);
  return { test: (text: string) => program.test(text) } as RegExp;
}
/** What generated code would write in place of it; nothing here is generated. */
linearPattern.code = 'new RegExp';
