import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Answer, AnswerHead } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { HeaderList } from '../calls/header-list.js';
import { Policy, type PolicyHooks, type PolicyType } from '../policies/policy.js';
import { ANY_ORIGIN, originPattern, originTest } from './origin-pattern.js';
import { isPreflight } from '../calls/preflight.js';

const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const method = z.string().max(40).regex(token, 'must be a method').refine(isNotForbidden, {
  message: 'is a method that browsers do not send (Fetch §2.2.1)',
});
const header = z.string().max(100).regex(token, 'must be the name of a header field, or *').toLowerCase();

const settings = z
  .strictObject({
    origins: z.array(originPattern).min(1).max(200).describe('Who may read the answers'),
    credentials: z.boolean().default(false).describe('Whether calls may come with cookies'),
    methods: z
      .array(method)
      .min(1)
      .max(30)
      .default(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
      .describe('Methods that scripts may use'),
    headers: z
      .array(header)
      .max(100)
      .default(['authorization', 'content-type'])
      .describe('Header fields that scripts may send; *: any'),
    exposed_headers: z
      .array(header)
      .max(100)
      .default([])
      .describe('Header fields of the answer that scripts may read; *: any, without credentials only'),
    max_age: z.int().min(0).max(86_400).default(600).describe('Seconds that a preflight is remembered'),
    private_network: z
      .boolean()
      .default(false)
      .describe('Whether sites of the internet may call this gateway in a private network'),
  })
  .superRefine(({ origins, credentials, exposed_headers: exposed }, context) => {
    if (!credentials) return;
    const path = origins.includes(ANY_ORIGIN) ? 'origins' : 'exposed_headers';
    if (!origins.includes(ANY_ORIGIN) && !exposed.includes('*')) return;
    context.addIssue({
      code: 'custom',
      path: [path],
      message: 'must name each one where credentials is true',
    });
  });

export type CorsSettings = z.output<typeof settings>;

const VARY = 'origin';
/** What an upstream says of it is no more than what is decided here. */
const CORS_FIELD = /^access-control-(?:allow|expose|max)-/;

/** `{"type": "cors", "origins": ["https://app.example.com"]}`: lets scripts of other origins call (Fetch §3.2). */
@Injectable()
@Policy('cors')
export class CorsPolicy implements PolicyType<CorsSettings> {
  readonly settings = settings as z.ZodType<CorsSettings>;

  create(from: CorsSettings): PolicyHooks {
    const isAllowed = originTest(from.origins);
    const any = from.origins.includes(ANY_ORIGIN);
    const allowed = (origin: string | undefined): string | undefined => {
      if (any) return ANY_ORIGIN;
      return origin !== undefined && isAllowed(origin) ? origin : undefined;
    };
    const shared = sharedFields(from);
    const fieldsFor = ({ headers }: Call): string[] => {
      const origin = allowed(headers.origin);
      return origin === undefined ? ['vary', VARY] : ['access-control-allow-origin', origin, ...shared];
    };
    const preflight = preflightAnswer(from);
    return {
      answersPreflights: true,
      onArrival(call): Answer | undefined {
        if (isPreflight(call)) {
          const origin = allowed(call.headers.origin);
          if (origin === undefined) throw refused(call);
          return preflight(call, origin);
        }
        // Errors have them, too: a script is to see that it must sign in, or wait.
        call.answerHeaders.pairs.push(...fieldsFor(call));
        return undefined;
      },
      onResponse(call, head): void {
        if (!isPreflight(call)) replaceFields(head, fieldsFor(call));
      },
    };
  }
}

function refused({ headers }: Call): Problem {
  return new Problem(403, `Scripts of ${String(headers.origin)} may not call this API.`, {
    headers: { vary: VARY },
  });
}

/** What each answer to an allowed origin has beside the origin itself. */
function sharedFields({ credentials, exposed_headers: exposed }: CorsSettings): string[] {
  const fields = ['vary', VARY];
  if (credentials) fields.push('access-control-allow-credentials', 'true');
  if (exposed.length > 0) fields.push('access-control-expose-headers', exposed.join(', '));
  return fields;
}

function preflightAnswer(from: CorsSettings): (call: Call, origin: string) => Answer {
  const { credentials, methods, headers, max_age: maxAge, private_network: privateNetwork } = from;
  const anyHeader = headers.includes('*');
  const fixed = [
    ...['access-control-allow-methods', methods.join(', ')],
    ...['access-control-max-age', String(maxAge)],
    ...(credentials ? ['access-control-allow-credentials', 'true'] : []),
    ...(anyHeader || headers.length === 0 ? [] : ['access-control-allow-headers', headers.join(', ')]),
    ...['vary', `${VARY}, access-control-request-method, access-control-request-headers`],
  ];
  return ({ headers: asked }, origin) => {
    const fields = ['access-control-allow-origin', origin, ...fixed];
    const names = asked['access-control-request-headers'];
    // `*` does not stand for Authorization (Fetch §3.2.5), so that what is asked for is said back.
    if (anyHeader && names) fields.push('access-control-allow-headers', names);
    if (privateNetwork && asked['access-control-request-private-network'] === 'true') {
      fields.push('access-control-allow-private-network', 'true');
    }
    return { status: 204, headers: new HeaderList(fields), body: null };
  };
}

function replaceFields({ headers }: AnswerHead, fields: readonly string[]): void {
  const { pairs } = headers;
  let kept = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    const [name, value] = [pairs[i]!, pairs[i + 1]!];
    if (CORS_FIELD.test(name) || (name === 'vary' && value === VARY)) continue;
    pairs[kept] = name;
    pairs[kept + 1] = value;
    kept += 2;
  }
  pairs.length = kept;
  pairs.push(...fields);
}

function isNotForbidden(name: string): boolean {
  return !/^(?:connect|trace|track)$/i.test(name);
}
