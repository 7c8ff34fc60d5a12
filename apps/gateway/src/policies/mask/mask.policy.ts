import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { AnswerHead } from '../../calls/answer.js';
import { dropValidators } from '../bodies/changed-body.js';
import { openJson } from '../json/lossless-json.js';
import { contentTypeOf, isJson } from '../json/media-type.js';
import { jsonPointer, remove, segmentsOf, visitPlaces, write } from '../json/pointer.js';
import { JsonError } from '../json/read-json.js';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';
import { eachLine } from './each-line.js';

const settings = z.strictObject({
  fields: z.array(jsonPointer).min(1).max(200),
  with: z
    .union([z.string().max(100), z.null()])
    .optional()
    .describe('Left out: the field is left out, too'),
  other_types: z
    .enum(['refuse', 'pass'])
    .default('refuse')
    .describe('What becomes of an answer that has a body and is not JSON'),
  body_limit: z.int().min(1).max(33_554_432).default(1_048_576).describe('Bytes; larger answers are refused'),
});

type MaskSettings = z.output<typeof settings>;

const LINES = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
]);

/** `{"type": "mask", "fields": […]}`: fields of answers that callers never see, such as all of `/**` `/password`. */
@Injectable()
@Policy('mask')
export class MaskPolicy implements PolicyType<MaskSettings> {
  readonly settings: z.ZodType<MaskSettings> = settings;

  create({
    fields,
    with: substitute,
    other_types: others,
    body_limit: bodyLimit,
  }: MaskSettings): PolicyHooks {
    const places = fields.map(segmentsOf);
    const mask = (body: Buffer): Buffer => {
      const json = openJson(body);
      for (const segments of places) {
        visitPlaces(json.value, segments, (holder, key) => {
          if (substitute === undefined) remove(holder, key);
          else write(holder, key, substitute);
        });
      }
      return json.write();
    };
    return {
      bodyLimit,
      wantsResponseBody: (_call, head) => kindOf(head) === 'json',
      onResponseBody(_call, { headers }, body) {
        if (body.length === 0) return body;
        dropValidators(headers);
        return masked(mask, body);
      },
      onResponseStream(_call, head) {
        const kind = kindOf(head);
        if (kind === 'json') return undefined;
        if (kind === 'lines') {
          dropValidators(head.headers);
          return eachLine(bodyLimit, (line) => masked(mask, line));
        }
        if (others === 'refuse' && head.headers.get('content-length') !== '0') {
          throw new Problem(502, 'The answer is not JSON, and cannot be masked.');
        }
        return undefined;
      },
    };
  }
}

function masked(mask: (body: Buffer) => Buffer, body: Buffer): Buffer {
  try {
    return mask(body);
  } catch (error) {
    if (error instanceof JsonError)
      throw new Problem(502, `The body of the upstream's answer ${error.message}.`);
    throw error;
  }
}

function kindOf({ headers }: AnswerHead): 'json' | 'lines' | 'other' {
  const type = contentTypeOf(headers);
  if (!type) return 'other';
  if (isJson(type)) return 'json';
  return LINES.has(type.type) && !headers.has('content-encoding') ? 'lines' : 'other';
}
