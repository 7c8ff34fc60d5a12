import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Call } from '../../calls/call.js';
import { jsonPointer, segmentsOf, visitPlaces, write } from '../json/pointer.js';
import { JsonError, readJson } from '../json/read-json.js';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';
import { tap } from '../tap.js';
import { compileTemplate, templateText } from '../template/template.js';

const fieldName = z.string().regex(/^[a-z0-9-]+$/, 'must be a field name in lower case');

const settings = z.strictObject({
  fields: z
    .record(z.string().max(100), templateText)
    .default({})
    .describe('Members of the line, and their values'),
  headers: z.array(fieldName).max(50).default([]).describe('Fields of the request that are logged'),
  query: z.boolean().default(false).describe('Whether the query is logged'),
  request_body: z.boolean().default(false).describe('Whether a JSON body is logged'),
  response_body: z.boolean().default(false).describe('Whether a JSON answer is logged'),
  body_limit: z.int().min(1).max(1_048_576).default(16_384).describe('Bytes; larger bodies are not logged'),
  redact: z
    .strictObject({
      query: z.array(z.string()).max(100).default([]).describe('Parameters whose values are left out'),
      body: z.array(jsonPointer).max(100).default([]).describe('Places of bodies whose values are left out'),
    })
    .prefault({}),
  sample: z.number().min(0).max(1).default(1).describe('The share of calls that is logged'),
});

type LogSettings = z.output<typeof settings>;

/** Credentials never stand in a log, whoever asks for them. */
const CREDENTIAL =
  /^(?:authorization|proxy-authorization|cookie|dpop|signature)$|token|secret|password|api-?key/i;
const REDACTED = '[redacted]';

/** `{"type": "log", "fields": {"tenant": "{claims.tenant}"}, …}`: a line more in the log for each call. */
@Injectable()
@Policy('log')
export class LogPolicy implements PolicyType<LogSettings> {
  readonly settings: z.ZodType<LogSettings> = settings;

  constructor(private readonly host: HttpAdapterHost) {}

  create(settings: LogSettings): PolicyHooks {
    const { log } = this.host.httpAdapter.getInstance<FastifyInstance>();
    const fields = Object.entries(settings.fields).map(
      ([name, text]) => [name, compileTemplate(text)] as const,
    );
    const bodies = new WeakMap<Call, Record<string, unknown>>();
    const redacted = settings.redact.body.map(segmentsOf);
    const kept = (call: Call, name: string) =>
      tap(settings.body_limit, (body) => {
        bodies.set(call, { ...bodies.get(call), [name]: shown(body, redacted) });
      });
    const hooks: PolicyHooks = {
      onFinish(call) {
        if (settings.sample < 1 && Math.random() >= settings.sample) return;
        const line: Record<string, unknown> = { reqId: call.id, route: call.route.name, status: call.status };
        for (const [name, template] of fields) line[name] = template(call);
        for (const name of settings.headers) line[`header.${name}`] = headerOf(call, name);
        if (settings.query) line.query = queryOf(call, settings.redact.query);
        log.info({ ...line, ...bodies.get(call) }, 'call');
      },
    };
    if (settings.request_body) hooks.onRequestStream = (call) => kept(call, 'request_body');
    if (settings.response_body) hooks.onResponseStream = (call) => kept(call, 'response_body');
    return hooks;
  }
}

function headerOf({ headers }: Call, name: string): unknown {
  return headers[name] !== undefined && CREDENTIAL.test(name) ? REDACTED : headers[name];
}

function queryOf({ query }: Call, redacted: readonly string[]): string {
  const parameters = new URLSearchParams(query);
  for (const name of [...parameters.keys()]) {
    if (CREDENTIAL.test(name) || name === 'code' || redacted.includes(name)) parameters.set(name, REDACTED);
  }
  return parameters.toString();
}

/** A body that is not JSON cannot be redacted, and is not shown. */
function shown(body: Buffer, redacted: readonly (readonly string[])[]): unknown {
  if (body.length === 0) return undefined;
  try {
    const { value } = readJson(body);
    for (const segments of redacted) {
      visitPlaces(value, segments, (holder, key) => write(holder, key, REDACTED));
    }
    visitPlaces(value, ['**', '*'], (holder, key) => {
      if (CREDENTIAL.test(key)) write(holder, key, REDACTED);
    });
    return value;
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
