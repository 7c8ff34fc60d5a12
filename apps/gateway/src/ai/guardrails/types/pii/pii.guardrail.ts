import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  AiGuardrail,
  type AiGuardrailType,
  type Finding,
  type FindingGuardrail,
} from '../../ai-guardrail.js';
import { DETECTORS, ENTITIES } from './detectors.js';

const settings = z.strictObject({
  entities: z
    .array(z.enum(ENTITIES))
    .min(1)
    .default([...ENTITIES])
    .describe('What is minded; left out: all of it'),
});

type Pii = z.output<typeof settings>;

/** `{"type": "pii"}`: what tells who somebody is, as far as its form does. Names and addresses have none. */
@Injectable()
@AiGuardrail('pii')
export class PiiGuardrail implements AiGuardrailType<Pii> {
  readonly settings: z.ZodType<Pii> = settings;

  make({ entities }: Pii): FindingGuardrail {
    const detectors = ENTITIES.filter((entity) => entities.includes(entity)).map(
      (entity) => DETECTORS[entity],
    );
    return {
      find(text) {
        let found: readonly Finding[] = [];
        for (const detect of detectors) found = joined(found, detect(text));
        return found;
      },
    };
  }
}

/** What is one thing is not another, too: others are left out where they overlap. @param found by their beginnings */
function joined(found: readonly Finding[], others: readonly Finding[]): readonly Finding[] {
  if (others.length === 0) return found;
  const sorted = [...others].sort(byStart);
  let at = 0;
  const apart = sorted.filter(({ start, end }) => {
    while (at < found.length && found[at]!.end <= start) at++;
    return at === found.length || found[at]!.start >= end;
  });
  return [...found, ...apart].sort(byStart);
}

function byStart(one: Finding, other: Finding): number {
  return one.start - other.start;
}
