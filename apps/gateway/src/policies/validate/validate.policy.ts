import { type FieldFault, Problem } from '@gatehouse/http';
import { Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import type { AnswerHead, OutgoingRequest } from '../../calls/answer.js';
import type { Call } from '../../calls/call.js';
import { contentTypeOf } from '../json/media-type.js';
import { Policy, type PolicyHooks, type PolicyPlace, type PolicyType } from '../policy.js';
import { type CompiledDocument, compileDocument, type Operation } from './compile-document.js';
import { checkBody, checkParameters } from './check-request.js';
import { ANY_JSON } from './content-check.js';
import type { OpenApiDocument } from './openapi-document.js';

const schema = z.record(z.string(), z.unknown());

const settings = z
  .strictObject({
    request: z.boolean().default(true).describe('Whether requests are checked'),
    response: z
      .enum(['off', 'log', 'enforce'])
      .default('off')
      .describe(
        'What becomes of an answer that is not as the document says: nothing, a line in the log, or 502',
      ),
    request_schema: schema.optional().describe('JSON Schema of the body, in place of a document of the API'),
    response_schema: schema.optional().describe('JSON Schema of the answer, likewise'),
    base_path: z
      .string()
      .regex(/^(?:\/[^/?#]+)*$/, 'must begin with / and have none at its end')
      .optional()
      .describe(
        "What the forwarded path has before the document's paths; left out: the path of its first server",
      ),
    unknown_operations: z
      .enum(['refuse', 'pass'])
      .default('refuse')
      .describe('Paths and methods that the document has not'),
    unknown_query: z
      .enum(['refuse', 'pass'])
      .default('pass')
      .describe('Query parameters that the operation has not'),
    body_limit: z
      .int()
      .min(1)
      .max(33_554_432)
      .default(1_048_576)
      .describe('Bytes; larger bodies are refused'),
  })
  .superRefine((value, context) => {
    if (!hasOwn(value)) return;
    for (const [member, message] of withoutEffect(value)) {
      context.addIssue({ code: 'custom', message, path: [member] });
    }
    try {
      compileDocument(documentOf(value));
    } catch (error) {
      const message = `cannot be used: ${(error as Error).message.slice(0, 300)}`;
      context.addIssue({
        code: 'custom',
        message,
        path: [value.request_schema ? 'request_schema' : 'response_schema'],
      });
    }
  });

type ValidateSettings = z.output<typeof settings>;

/** `{"type": "validate"}`: holds calls to the API's OpenAPI document, or to JSON Schemas of the policy's own. */
@Injectable()
@Policy('validate')
export class ValidatePolicy implements PolicyType<ValidateSettings> {
  readonly settings: z.ZodType<ValidateSettings> = settings;
  private readonly logger = new Logger(ValidatePolicy.name);

  faults(settings: ValidateSettings, { api, document }: PolicyPlace): FieldFault[] {
    if (hasOwn(settings) || document) return [];
    const detail =
      api === undefined
        ? 'needs request_schema or response_schema, or a route with an API'
        : 'needs an API with a document';
    return [{ pointer: '', detail }];
  }

  create(settings: ValidateSettings, { route, document }: PolicyPlace): PolicyHooks {
    const own = hasOwn(settings);
    if (!own && !document) throw new Error('The API of the route has no document, and the policy no schema');
    const compiled = compileDocument(own ? documentOf(settings) : (document as OpenApiDocument));
    const find = own ? () => compiled.paths.match('/')! : finder(compiled, settings);
    const operations = new WeakMap<Call, Operation>();
    const hooks: PolicyHooks = { bodyLimit: settings.body_limit };
    hooks.onRequest = (call, request) => {
      const found = find(request);
      const operation = found && operationFor(own ? 'POST' : request.method, found.target, settings);
      if (!operation) return;
      operations.set(call, operation);
      if (settings.request) checkParameters(request, operation, found.parameters, settings);
    };
    // A schema of the answer alone says nothing of the body of the request.
    if (settings.request && (!own || settings.request_schema)) {
      hooks.wantsRequestBody = (call) => operations.has(call);
      hooks.onRequestBody = (call, request, body) => {
        checkBody(request, operations.get(call)!, body);
        return body;
      };
    }
    if (settings.response === 'off') return hooks;
    hooks.wantsResponseBody = (call) => operations.has(call);
    hooks.onResponseBody = (call, head, body) => {
      const fault = answerFault(operations.get(call)!, head, body);
      if (fault === undefined) return body;
      if (settings.response === 'enforce')
        throw new Problem(502, 'The answer is not as its description says.');
      this.logger.warn(`Route ${route}: ${call.method} ${call.path} was answered ${head.status}: ${fault}`);
      return body;
    };
    return hooks;
  }
}

function hasOwn({ request_schema: request, response_schema: response }: ValidateSettings): boolean {
  return request !== undefined || response !== undefined;
}

/** Settings that a policy with schemas of its own has no use for. */
function* withoutEffect(value: ValidateSettings): Generator<[keyof ValidateSettings, string]> {
  const forDocument = 'is about a document: the policy has schemas of its own';
  if (value.base_path !== undefined) yield ['base_path', forDocument];
  if (value.unknown_operations === 'pass') yield ['unknown_operations', forDocument];
  if (value.request_schema && !value.request) yield ['request_schema', 'is of no use where request is false'];
  if (value.response_schema && value.response === 'off')
    yield ['response_schema', 'is of no use where response is off'];
}

/** A document that has but one operation: the same checks for both. */
function documentOf({
  request_schema: request,
  response_schema: response,
}: ValidateSettings): OpenApiDocument {
  const contentOf = (one: object) => ({
    content: { 'application/json': { schema: one }, [ANY_JSON]: { schema: one } },
  });
  return {
    openapi: '3.1.0',
    paths: {
      '/': {
        post: {
          ...(request ? { requestBody: { required: true, ...contentOf(request) } } : {}),
          responses: response ? { '2XX': contentOf(response), default: {} } : { default: {} },
        },
      },
    },
  };
}

/** @returns what finds the path of a request, by what the upstream will see of it; undefined: it is not checked */
function finder({ basePath, paths }: CompiledDocument, settings: ValidateSettings) {
  const base = settings.base_path ?? basePath;
  return ({ path }: OutgoingRequest) => {
    const match = path.startsWith(`${base}/`) ? paths.match(path.slice(base.length)) : undefined;
    if (match || settings.unknown_operations === 'pass') return match;
    throw new Problem(404, 'The API has no such address.');
  };
}

function operationFor(
  method: string,
  operations: ReadonlyMap<string, Operation>,
  settings: ValidateSettings,
): Operation | undefined {
  // Whoever answers GET answers HEAD (RFC 9110 §9.1).
  const operation = operations.get(method) ?? (method === 'HEAD' ? operations.get('GET') : undefined);
  if (operation || settings.unknown_operations === 'pass') return operation;
  const allow = [...operations.keys()].join(', ');
  throw new Problem(405, `The address takes ${allow}.`, { headers: { allow } });
}

function answerFault(
  operation: Operation,
  { status, headers }: AnswerHead,
  body: Buffer,
): string | undefined {
  const content = operation.answer(status);
  if (content === undefined) return 'the status is not among its answers';
  if (content === null || body.length === 0) return undefined;
  const type = contentTypeOf(headers);
  const check = type ? content.of(type) : undefined;
  if (!check) return `the type is none of ${content.accepted}`;
  const [first] = check(body)?.errors ?? [];
  return first && `${first.pointer} ${first.detail}`;
}
