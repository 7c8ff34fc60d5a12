import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { FieldFault } from '@gatehouse/http';
import { type SchemaCheck, Schemas } from '../../../policies/validate/schema-check.js';
import {
  AiGuardrail,
  type AiGuardrailType,
  type AnswerGuardrail,
  type Direction,
  type GuardrailAction,
} from '../ai-guardrail.js';
import { withinTime } from './within-time.js';

const settings = z.strictObject({
  schema: z
    .looseObject({})
    .optional()
    .describe('JSON Schema (2020-12) of the answer; left out: what the request asks for, if it does'),
  repairs: z
    .int()
    .min(0)
    .max(5)
    .default(0)
    .describe('How often the model is asked again, and told what is wrong'),
});

type JsonSchema = z.output<typeof settings>;

/** Callers write schemas, too, and have models write what these are held against: references multiply. */
const MAX_SCHEMA = 65_536;
const MAX_MS = 500;

/** The same schemas come again and again. */
const compiled = new LRUCache<string, SchemaCheck>({ max: 200 });

/** `{"type": "json_schema"}`: the text of an answer is JSON as a schema has it. */
@Injectable()
@AiGuardrail('json_schema')
export class JsonSchemaGuardrail implements AiGuardrailType<JsonSchema> {
  readonly settings: z.ZodType<JsonSchema> = settings;
  readonly actions: readonly GuardrailAction[] = ['block', 'flag'];
  readonly on: readonly Direction[] = ['answer'];

  faults({ schema }: JsonSchema): FieldFault[] {
    try {
      if (schema) checkOf(schema);
      return [];
    } catch (error) {
      return [{ pointer: '/schema', detail: `cannot be used: ${(error as Error).message}` }];
    }
  }

  make({ schema: own, repairs }: JsonSchema): AnswerGuardrail {
    return {
      repairs,
      checkFor(asked) {
        const schema = own ?? asked;
        const check = schema && checkOf(schema);
        return check && ((text) => faultOf(text, check));
      },
    };
  }
}

/** @throws Error where it cannot be used */
function checkOf(schema: object): SchemaCheck {
  const text = JSON.stringify(schema);
  if (text.length > MAX_SCHEMA) throw new Error(`it is larger than ${MAX_SCHEMA} characters`);
  const digest = createHash('sha256').update(text).digest('base64');
  const known = compiled.get(digest);
  if (known) return known;
  const check = withinTime(MAX_MS, () => new Schemas(schema, '2020-12').at(''));
  compiled.set(digest, check);
  return check;
}

function faultOf(text: string, check: SchemaCheck): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'It is no JSON.';
  }
  const faults = faultsOf(value, check).map(({ pointer, detail }) => `${pointer || 'The whole'} ${detail}.`);
  return faults.length > 0 ? faults.join(' ') : undefined;
}

function faultsOf(value: unknown, check: SchemaCheck): readonly FieldFault[] {
  try {
    return withinTime(MAX_MS, () => check(value));
  } catch {
    return [{ pointer: '', detail: 'takes too long to be checked' }];
  }
}
