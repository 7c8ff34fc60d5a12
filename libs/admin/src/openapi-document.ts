import { Injectable, RequestMethod } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { toJSONSchema, type ZodType } from 'zod';
import { Documented, type EndpointDocumentation } from './documented.js';

// The metadata keys of Nest's own decorators.
const PATH = 'path';
const METHOD = 'method';
const STATUS = '__httpCode__';

const UNDER = 'admin/v1';

type Handler = (...args: unknown[]) => unknown;
export type JsonObject = Readonly<Record<string, unknown>>;

/** What the document of one app says beyond its endpoints. */
export interface OpenApiTerms {
  readonly title: string;
  /** The app's address, as callers see it. */
  readonly server: string;
  readonly tokenUrl: string;
  /** Makes several endpoints of one that stands for many; left out: each is itself. */
  readonly expand?: (endpoint: DocumentedEndpoint) => DocumentedEndpoint[];
}

/** An endpoint as its decorators tell it. */
export interface DocumentedEndpoint {
  /** With parameters as Nest writes them: `/admin/v1/users/:id`. */
  readonly path: string;
  readonly name: string;
  readonly method: RequestMethod;
  readonly status: number;
  readonly documentation: EndpointDocumentation | undefined;
}

/** Makes the OpenAPI 3.1 document of an app's admin API out of its controllers: their decorators and zod schemas. */
@Injectable()
export class OpenApiDocument {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  make({ title, server, tokenUrl, expand = (endpoint) => [endpoint] }: OpenApiTerms): JsonObject {
    const paths: Record<string, Record<string, JsonObject>> = {};
    for (const endpoint of this.endpoints().flatMap(expand)) {
      const path = endpoint.path.replace(/:(\w+)/g, '{$1}');
      (paths[path] ??= {})[RequestMethod[endpoint.method].toLowerCase()] = operationOf(endpoint);
    }
    const scopes = { admin: 'Administer Gatehouse' };
    const oauth2 = { type: 'oauth2', flows: { clientCredentials: { tokenUrl, scopes } } };
    return {
      openapi: '3.1.0',
      info: { title, version: '1' },
      servers: [{ url: server }],
      security: [{ oauth2: ['admin'] }],
      paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
      components: { securitySchemes: { oauth2 }, schemas: { Problem: PROBLEM } },
    };
  }

  private endpoints(): DocumentedEndpoint[] {
    return this.discovery.getControllers().flatMap(({ instance, metatype }) => {
      const base =
        metatype && pathsOf(metatype).find((path) => path === UNDER || path.startsWith(`${UNDER}/`));
      if (!base || !instance) return [];
      const prototype = Object.getPrototypeOf(instance) as Record<string, Handler>;
      const names = this.scanner.getAllMethodNames(prototype);
      return names.flatMap((name) => this.endpointsOf(base, name, prototype[name]!));
    });
  }

  private endpointsOf(base: string, name: string, handler: Handler): DocumentedEndpoint[] {
    const method = Reflect.getMetadata(METHOD, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const documentation = this.reflector.get(Documented, handler) as EndpointDocumentation | undefined;
    const status =
      (Reflect.getMetadata(STATUS, handler) as number | undefined) ??
      (method === RequestMethod.POST ? 201 : 200);
    return pathsOf(handler).map((path) => ({
      path: `/${base}/${path}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1'),
      name: `${name} ${base}`,
      method,
      status,
      documentation,
    }));
  }
}

function pathsOf(target: object): string[] {
  const paths = [Reflect.getMetadata(PATH, target) as string | string[] | undefined].flat();
  return paths.map((path) => (path ?? '').replace(/^\/|\/$/g, ''));
}

function operationOf({
  path,
  name,
  status,
  documentation = { summary: name },
}: DocumentedEndpoint): JsonObject {
  const { summary, query, body, answer } = documentation;
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, parameter]) => ({
    name: parameter,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    summary,
    operationId: name
      .replace(`${UNDER}/`, '')
      .replace(/\W+(\w)/g, (_match, letter: string) => letter.toUpperCase()),
    parameters: [...inPath, ...(query ? inQuery(query) : [])],
    ...(body ? { requestBody: { required: true, content: json(schemaOf(body)) } } : {}),
    responses: {
      [status]: { description: summary, ...(answer ? { content: json(schemaOf(answer)) } : {}) },
      default: { description: 'Refused', content: PROBLEM_CONTENT },
    },
  };
}

/** As callers send and see it: before defaults and transformations. */
function schemaOf(schema: ZodType): JsonObject {
  const { $schema: _dialect, ...rest } = toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

function inQuery(query: ZodType): JsonObject[] {
  const { properties = {}, required = [] } = schemaOf(query) as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function json(schema: JsonObject): JsonObject {
  return { 'application/json': { schema } };
}

const PROBLEM_CONTENT = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

/** RFC 9457 §3.1, with the members that are wrong. */
const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
      },
    },
  },
};
