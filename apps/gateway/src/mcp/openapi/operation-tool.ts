import type { FieldFault } from '@gatehouse/http';
import { Document, forDirection, step } from '../../policies/validate/openapi-document.js';
import { type SchemaCheck, Schemas } from '../../policies/validate/schema-check.js';
import type { JsonObject } from '../../wire/json.js';
import { findOperation, type FoundOperation } from './find-operation.js';
import type { ChosenOperation } from './openapi-definition.js';
import { type Input, type OperationInputs } from './operation-request.js';
import { type Parameter, parametersOf } from './parameters.js';
import { PathTemplate } from './path-template.js';
import { PlainSchemas } from './plain-schema.js';
import { bodyOf } from './request-body.js';

/** An operation that is a tool. */
export interface OperationTool {
  /** As the result of `tools/list` has it, but for its name. */
  readonly shown: JsonObject;
  readonly inputs: OperationInputs;
  check(args: unknown): readonly FieldFault[];
  /** Pointers of what is kept of an answer; undefined: all of it. */
  readonly select: readonly string[] | undefined;
  /** Checks an answer that is promised to be structured; undefined: none is. */
  readonly checkAnswer: SchemaCheck | undefined;
}

/** The document as requests and as answers have it. */
export interface Sides {
  readonly request: Document;
  readonly response: Document;
}

/** Characters of a schema as JSON: the model has to read it. */
const MAX_SCHEMA = 100_000;
const MAX_DESCRIPTION = 4_000;
const READS = new Set(['GET', 'HEAD', 'QUERY', 'OPTIONS']);

export function sidesOf(document: Record<string, unknown>): Sides {
  return {
    request: new Document(forDirection(document, 'request')),
    response: new Document(forDirection(document, 'response')),
  };
}

/** @param setByGateway header fields that callers do not give @throws Error that says why it can be no tool */
export function operationTool(
  chosen: ChosenOperation,
  sides: Sides,
  setByGateway: readonly string[],
): OperationTool & { readonly suggestedName: string } {
  const found = findOperation(chosen.operation, sides.request);
  const inputs = inputsOf(found, sides.request, setByGateway);
  const inputSchema = inputSchemaOf(inputs, sides.request);
  const outputSchema = chosen.structured ? outputSchemaOf(found, sides.response) : undefined;
  return {
    suggestedName: String(found.value.operationId ?? `${found.method.toLowerCase()}${found.path}`),
    shown: {
      description: chosen.description ?? described(found),
      inputSchema,
      ...(outputSchema && { outputSchema }),
      annotations: annotationsOf(found.method, chosen.read_only),
    },
    inputs,
    check: checkBy(inputSchema),
    select: chosen.select,
    checkAnswer: outputSchema && checkBy(outputSchema),
  };
}

function inputsOf(
  found: FoundOperation,
  document: Document,
  setByGateway: readonly string[],
): OperationInputs {
  const parameters = named(parametersOf(found.pathPointer, found.pointer, document, setByGateway));
  const body = bodyOf(found.pointer, document);
  const inPath = parameters.flatMap(({ of }) => (of.in === 'path' ? [of.name] : []));
  return {
    method: found.method,
    path: new PathTemplate(found.path, new Set(inPath)),
    // One that the path has no place for is not sent.
    parameters: parameters.filter(({ of }) => of.in !== 'path' || found.path.includes(`{${of.name}}`)),
    body: body && { argument: BODY, of: body },
  };
}

const BODY = 'body';

/** Arguments by the names of parameters, as far as models take them; with their place where another one has the name. */
function named(parameters: readonly Parameter[]): Input<Parameter>[] {
  const taken = new Set([BODY]);
  return parameters.map((of) => {
    const plain = of.name.replaceAll(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 50);
    let argument = taken.has(plain) ? `${of.in}_${plain}` : plain;
    for (let count = 2; taken.has(argument); count++) argument = `${of.in}_${plain}_${count}`;
    taken.add(argument);
    return { argument, of };
  });
}

function inputSchemaOf({ parameters, body }: OperationInputs, document: Document): JsonObject {
  const schemas = new PlainSchemas(document, 'readOnly');
  const inputs = body ? [...parameters, body] : parameters;
  const properties = inputs.map(({ argument, of }) => {
    const schema = (of.schema === undefined ? {} : schemas.at(of.schema)) as JsonObject;
    const description = of.description?.slice(0, MAX_DESCRIPTION);
    return [
      argument,
      description === undefined || typeof schema !== 'object' ? schema : { ...schema, description },
    ];
  });
  const required = inputs.filter(({ of }) => of.required).map(({ argument }) => argument);
  return bounded({
    type: 'object',
    properties: Object.fromEntries(properties) as JsonObject,
    ...(required.length > 0 && { required }),
    additionalProperties: false,
    ...(Object.keys(schemas.defs).length > 0 && { $defs: schemas.defs as JsonObject }),
  });
}

/** The schema of what is answered where all is well. */
function outputSchemaOf({ pointer, value }: FoundOperation, document: Document): JsonObject {
  const status = Object.keys((value.responses as object | undefined) ?? {}).find((one) =>
    /^2(?:0\d|XX)$/i.test(one),
  );
  const answer = status === undefined ? undefined : document.at(`${pointer}/responses${step(status)}`);
  const content = (answer?.value.content as Record<string, object> | undefined) ?? {};
  const type = Object.keys(content).find((one) => /^application\/(?:.*\+)?json\b/i.test(one));
  if (type === undefined || !('schema' in content[type]!))
    throw new Error('structured needs an answer of JSON whose schema the document has');
  const schemas = new PlainSchemas(document, 'writeOnly');
  const schema = schemas.at(`${answer!.pointer}/content${step(type)}/schema`) as JsonObject;
  return bounded({
    ...schema,
    ...(Object.keys(schemas.defs).length > 0 && { $defs: schemas.defs as JsonObject }),
  });
}

function bounded(schema: JsonObject): JsonObject {
  const { length } = JSON.stringify(schema);
  if (length > MAX_SCHEMA) throw new Error(`its schema has ${length} characters, more than ${MAX_SCHEMA}`);
  return schema;
}

function checkBy(schema: JsonObject): SchemaCheck {
  return new Schemas(schema, '2020-12').at('');
}

function described({ method, path, value: { summary, description } }: FoundOperation): string {
  const texts = [summary, description].filter((one): one is string => typeof one === 'string' && one !== '');
  return texts.length === 0
    ? `${method} ${path}`
    : [...new Set(texts)].join('\n\n').slice(0, MAX_DESCRIPTION);
}

/** RFC 9110 §9.2; what POST and PATCH do, nobody can say. */
function annotationsOf(method: string, readOnly = READS.has(method)): JsonObject {
  if (readOnly) return { readOnlyHint: true };
  const idempotentHint = method === 'PUT' || method === 'DELETE';
  return { readOnlyHint: false, destructiveHint: true, idempotentHint };
}
