import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Call } from '../../calls/call.js';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';
import { compileTemplate, templateText } from '../template/template.js';

const name = z.string().min(1).max(200);

const settings = z.strictObject({
  remove: z.array(name).max(100).default([]),
  rename: z.record(name, name).default({}).describe('Old names, and the new one of each'),
  set: z
    .record(name, templateText)
    .default({})
    .describe('One parameter of this name, whatever was there before'),
  add: z.record(name, templateText).default({}).describe('A parameter more of this name'),
});

type QueryChanges = z.output<typeof settings>;

/** A parameter with its name as it is meant, and as it was sent: what nobody changes keeps its encoding. */
interface Parameter {
  readonly name: string;
  readonly sent: string;
}

/** `{"type": "query", …}`: changes the query that the upstream gets, in the order remove, rename, set, add. */
@Injectable()
@Policy('query')
export class QueryPolicy implements PolicyType<QueryChanges> {
  readonly settings: z.ZodType<QueryChanges> = settings;

  create({ remove, rename, set, add }: QueryChanges): PolicyHooks {
    const gone = new Set([...remove, ...Object.keys(set)]);
    const renamed = new Map(Object.entries(rename));
    const added = [...Object.entries(set), ...Object.entries(add)].map(
      ([key, text]) => [encodeURIComponent(key), compileTemplate(text)] as const,
    );
    const filled = (call: Call) =>
      added.flatMap(([key, template]) => {
        const value = template(call);
        return value === undefined ? [] : [`${key}=${encodeURIComponent(Buffer.from(value).toString())}`];
      });
    return {
      onRequest(call, request) {
        const kept = parametersOf(request.query)
          .filter((one) => !remove.includes(one.name))
          .map((one) => renamedTo(renamed.get(one.name), one))
          .filter((one) => !gone.has(one.name));
        const pairs = [...kept.map(({ sent }) => sent), ...filled(call)];
        request.query = pairs.length > 0 ? `?${pairs.join('&')}` : '';
      },
    };
  }
}

function parametersOf(query: string): Parameter[] {
  if (query.length < 2) return [];
  return query
    .slice(1)
    .split('&')
    .map((sent) => ({ name: new URLSearchParams(sent).keys().next().value ?? '', sent }));
}

function renamedTo(to: string | undefined, one: Parameter): Parameter {
  if (to === undefined) return one;
  const equals = one.sent.indexOf('=');
  return { name: to, sent: encodeURIComponent(to) + (equals < 0 ? '' : one.sent.slice(equals)) };
}
