import type { Matching } from '../servers/name-matcher.js';
import { looseReadingsOf, readingsOf } from './uri-readings.js';

interface Pattern {
  readonly text: string;
  readonly readings: readonly string[];
  /** Whether it stands for all that begins with it. */
  readonly isBeginning: boolean;
}

/** A resource is given where a pattern means it in every reading, and restricted where one means it in any. */
export const URIS: Matching = {
  given(patterns) {
    const compiled = patterns.map(compile);
    return (uri) => {
      const readings = readingsOf(uri);
      return compiled.some((one) => fits(one.text, uri, one) && readings.every((said) => means(one, said)));
    };
  },
  restricted(patterns) {
    const compiled = patterns.map(compile);
    return (uri) => {
      const readings = anyReadingOf(uri);
      return compiled.some((one) => fits(one.text, uri, one) || readings.some((said) => means(one, said)));
    };
  },
};

/** A template is there where any of its resources may be. It needs what all of them need. */
export const TEMPLATES: Matching = {
  given: (patterns) => overlapping(patterns, readingsOf),
  restricted(patterns) {
    const isWithin = covering(patterns, (said, fits) => anyReadingOf(said).some(fits));
    const compiled = patterns.map(compile);
    return (template) => {
      const beginning = beginningOf(template);
      // What is left to say is the query alone.
      const isSaid = /[?#]/.test(beginning);
      const loose = isSaid ? looseReadingsOf(beginning) : [];
      return isWithin(template) || compiled.some((one) => loose.some((said) => means(one, said)));
    };
  },
};

/** What is told of the values of a template tells of all of its resources. */
export const ALL_OF_TEMPLATES: Matching = {
  given: (patterns) => covering(patterns, (said, fits) => readingsOf(said).every(fits)),
  restricted: (patterns) => overlapping(patterns, anyReadingOf),
};

function anyReadingOf(uri: string): readonly string[] {
  return [...readingsOf(uri), ...looseReadingsOf(uri)];
}

type Test = (reading: string) => boolean;

/** @param how whether enough readings of a beginning are within a pattern */
function covering(
  patterns: readonly string[],
  how: (beginning: string, isWithin: Test) => boolean,
): (template: string) => boolean {
  const compiled = patterns.map(compile).filter(({ isBeginning }) => isBeginning);
  return (template) => compiled.some((one) => how(beginningOf(template), (said) => means(one, said)));
}

function overlapping(
  patterns: readonly string[],
  readings: (beginning: string) => readonly string[],
): (template: string) => boolean {
  const compiled = patterns.map(compile);
  return (template) => {
    const found = readings(beginningOf(template));
    return compiled.some((one) =>
      found.some((said) => means(one, said) || one.readings.some((own) => own.startsWith(said))),
    );
  };
}

/** RFC 6570 §1.2: what stands before the first expression begins all URIs of a template. */
function beginningOf(template: string): string {
  return template.split('{', 1)[0]!;
}

function compile(pattern: string): Pattern {
  const isBeginning = pattern.endsWith('*');
  const text = isBeginning ? pattern.slice(0, -1) : pattern;
  return { text, readings: readingsOf(text), isBeginning };
}

function means(pattern: Pattern, reading: string): boolean {
  return pattern.readings.some((own) => fits(own, reading, pattern));
}

function fits(own: string, said: string, { isBeginning }: Pattern): boolean {
  return isBeginning ? said.startsWith(own) : said === own;
}
