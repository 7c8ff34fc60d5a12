import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { contentCheck, type ContentCheck } from './content-check.js';
import { Document, forDirection, type OpenApiDocument, step } from './openapi-document.js';
import { parameterCheck, type ParameterCheck } from './parameter-check.js';
import { PathTemplates } from './path-templates.js';
import { Schemas } from './schema-check.js';

/** One operation of an API, ready to check calls and their answers. */
export interface Operation {
  readonly parameters: readonly ParameterCheck[];
  /** The query parameters that it knows. */
  readonly query: ReadonlySet<string>;
  /** Undefined: it takes no body. */
  readonly body: { readonly required: boolean; readonly content: ContentCheck } | undefined;
  /** What it answers with this status: undefined where the document has no such answer, null for one without a body. */
  answer(status: number): ContentCheck | null | undefined;
}

export interface CompiledDocument {
  /** The path of the first server, which the document's paths stand below. */
  readonly basePath: string;
  readonly paths: PathTemplates<ReadonlyMap<string, Operation>>;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'];

/** The same document serves many routes, and lives through many versions of the configuration. */
const compiled = new LRUCache<string, CompiledDocument>({ max: 200 });

/** @throws Error when something in it cannot be used */
export function compileDocument(document: OpenApiDocument): CompiledDocument {
  const digest = createHash('sha256').update(JSON.stringify(document)).digest('base64');
  const known = compiled.get(digest);
  if (known) return known;
  const dialect = document.openapi.startsWith('3.0') ? 'draft-07' : '2020-12';
  const [request, response] = (['request', 'response'] as const).map((direction) => {
    const converted = forDirection(document, direction);
    return { document: new Document(converted), schemas: new Schemas(converted, dialect) };
  }) as [Side, Side];
  const paths = Object.fromEntries(
    Object.keys(document.paths ?? {}).map((path) => [
      path,
      operationsAt(`/paths${step(path)}`, request, response),
    ]),
  );
  const result = { basePath: basePathOf(document), paths: new PathTemplates(paths) };
  compiled.set(digest, result);
  return result;
}

/** The document as one direction reads it. */
interface Side {
  readonly document: Document;
  readonly schemas: Schemas;
}

function basePathOf({ servers }: OpenApiDocument): string {
  const url = servers?.[0]?.url ?? '/';
  if (!URL.canParse(url, 'http://server.invalid')) return '';
  return new URL(url, 'http://server.invalid').pathname.replace(/\/+$/, '');
}

function operationsAt(pointer: string, request: Side, response: Side): Map<string, Operation> {
  const { value: item, pointer: at } = request.document.at(pointer);
  const operations = new Map<string, Operation>();
  for (const method of METHODS) {
    if (item[method] === undefined) continue;
    operations.set(method.toUpperCase(), operationOf(at, method, request, response));
  }
  return operations;
}

function operationOf(at: string, method: string, request: Side, response: Side): Operation {
  const { document, schemas } = request;
  const pointer = `${at}/${method}`;
  const { value } = document.at(pointer);
  const parameters = [...parametersAt(at, request), ...parametersAt(pointer, request)];
  // An operation's own parameter stands in for its path's (OpenAPI 3.1 §4.8.10).
  const unique = [...new Map(parameters.map((one) => [`${one.place} ${one.name}`, one])).values()];
  const body = value.requestBody === undefined ? undefined : document.at(`${pointer}/requestBody`);
  return {
    parameters: unique,
    query: new Set(unique.flatMap(({ place, name }) => (place === 'query' ? [name] : []))),
    body: body && {
      required: body.value.required === true,
      content: contentCheck(`${body.pointer}/content`, document, schemas),
    },
    answer: answers(pointer, response),
  };
}

function parametersAt(pointer: string, { document, schemas }: Side): ParameterCheck[] {
  const { parameters } = document.at(pointer).value;
  if (!Array.isArray(parameters)) return [];
  return parameters.flatMap(
    (_, index) => parameterCheck(`${pointer}/parameters/${index}`, document, schemas) ?? [],
  );
}

function answers(pointer: string, { document, schemas }: Side): Operation['answer'] {
  const { responses } = document.at(pointer).value;
  const checks = new Map<string, ContentCheck | null>();
  for (const status of Object.keys((responses as object | undefined) ?? {})) {
    const { value, pointer: at } = document.at(`${pointer}/responses${step(status)}`);
    const content = value.content === undefined ? null : contentCheck(`${at}/content`, document, schemas);
    checks.set(status.toUpperCase(), content);
  }
  return (status) => {
    const keys = [String(status), `${Math.floor(status / 100)}XX`, 'DEFAULT'];
    const key = keys.find((one) => checks.has(one));
    return key === undefined ? undefined : checks.get(key);
  };
}
