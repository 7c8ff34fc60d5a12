import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came over the wire. */
export interface ShopRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** An HTTP API of a shop, which knows nothing of MCP. */
export interface Shop {
  readonly url: string;
  readonly received: ShopRequest[];
  stop(): Promise<void>;
}

type Answer = (request: ShopRequest, response: http.ServerResponse) => void;

const ORDER = {
  id: 7,
  state: 'open',
  lines: [{ sku: 'a', price: 5, note: null }],
  customer: { name: 'Ada', card: '4111' },
};

function json(response: http.ServerResponse, value: unknown, status = 200): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(value));
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  orders: (_, response) => json(response, [ORDER, { ...ORDER, id: 8 }]),
  order: (_, response) => json(response, ORDER),
  odd: (_, response) => json(response, { id: 'seven' }),
  missing: ({ headers }, response) =>
    json(response, { error: 'no such order', seen: headers.authorization }, 404),
  broken: (_, response) => json(response, { error: 'x'.repeat(5_000) }, 500),
  unauthorized: (_, response) => json(response, {}, 401),
  created: ({ body }, response) => json(response, { got: JSON.parse(body) as unknown }, 201),
  nothing: (_, response) => void response.writeHead(204).end(),
  huge: (_, response) =>
    void response.writeHead(200, { 'content-type': 'text/plain' }).end('é'.repeat(2_000)),
  picture: (_, response) =>
    void response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([137, 80, 0])),
  archive: (_, response) =>
    void response.writeHead(200, { 'content-type': 'application/zip' }).end(Buffer.alloc(40, 1)),
  movie: (_, response) =>
    void response.writeHead(200, { 'content-type': 'video/mp4' }).end(Buffer.alloc(5_000)),
  endless: (_, response) => void response.writeHead(200, { 'content-type': 'text/plain' }).write('.'),
  elsewhere: (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
};

/** Each path answers by its first segment behind `/v1`. */
export async function startShop(): Promise<Shop> {
  const received: ShopRequest[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
      received.push(seen);
      const answer = ANSWERS[/^\/v1\/([a-z]+)/.exec(url)?.[1] ?? ''];
      if (answer) answer(seen, response);
      else response.writeHead(404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    received,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const parameter = (name: string, place: string, schema: object, more: object = {}) => ({
  name,
  in: place,
  schema,
  ...more,
});
const text = { type: 'string' };
const answers = (schema: object = {}) => ({
  '200': { description: '', content: { 'application/json': { schema } } },
});
const get = (operationId: string, more: object = {}) => ({
  get: { operationId, responses: answers(), ...more },
});

/** What the shop says of itself. Its `servers` lead elsewhere, on purpose. */
export const SHOP_DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Shop', version: '1' },
  servers: [{ url: 'http://{host}.invalid', variables: { host: { default: 'nowhere' } } }],
  paths: {
    '/orders': {
      get: {
        operationId: 'listOrders',
        summary: 'Orders of the shop',
        parameters: [
          parameter('state', 'query', { enum: ['open', 'closed'] }),
          parameter('tags', 'query', { type: 'array', items: text }),
          parameter(
            'ids',
            'query',
            { type: 'array', items: { type: 'integer' } },
            { style: 'spaceDelimited', explode: false },
          ),
          parameter(
            'filter',
            'query',
            { type: 'object', additionalProperties: text },
            { style: 'deepObject' },
          ),
          parameter('more', 'query', { type: 'object', additionalProperties: text }),
          parameter('X-Tenant', 'header', text),
          parameter('Authorization', 'header', text),
          parameter('X-Api-Key', 'header', text),
          parameter('theme', 'cookie', text),
          parameter('state', 'header', text),
        ],
        responses: answers({ type: 'array' }),
      },
    },
    '/order/{id}': {
      parameters: [{ $ref: '#/components/parameters/Id' }],
      get: { operationId: 'get order!', responses: answers({ $ref: '#/components/schemas/Order' }) },
      delete: { responses: { '204': { description: '' } } },
    },
    '/odd/{id}': {
      parameters: [{ $ref: '#/components/parameters/Id' }],
      ...get('odd', { responses: answers({ $ref: '#/components/schemas/Order' }) }),
    },
    '/created': {
      post: {
        operationId: 'create',
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/NewOrder' } } },
        },
        responses: answers(),
      },
    },
    '/missing': get('missing'),
    '/broken': get('broken'),
    '/unauthorized': get('unauthorized'),
    '/nothing': get('nothing'),
    '/huge': get('huge'),
    '/picture': get('picture'),
    '/archive': get('archive'),
    '/movie': get('movie'),
    '/endless': get('endless'),
    '/elsewhere': get('elsewhere'),
    '/upload': {
      post: {
        operationId: 'upload',
        requestBody: { content: { 'multipart/form-data': {} } },
        responses: answers(),
      },
    },
  },
  components: {
    parameters: { Id: parameter('id', 'path', text, { required: true, description: 'Of the order' }) },
    schemas: {
      Order: {
        type: 'object',
        required: ['id'],
        properties: {
          id: { type: 'integer' },
          lines: { type: 'array', items: { $ref: '#/components/schemas/Line' } },
        },
      },
      Line: {
        type: 'object',
        properties: { sku: text, parts: { type: 'array', items: { $ref: '#/components/schemas/Line' } } },
      },
      NewOrder: {
        type: 'object',
        required: ['id', 'lines'],
        properties: {
          id: { type: 'integer', readOnly: true },
          lines: { type: 'array', items: { $ref: '#/components/schemas/Line' } },
        },
      },
    },
  },
};
