import { operationTools } from './operation-tools.js';

const one = (schema: object, schemas: object = {}, openapi = '3.1.0') =>
  operationTools(
    { operations: [{ operation: 'POST /a', structured: false }] },
    {
      openapi,
      paths: { '/a': { post: { requestBody: { content: { 'application/json': { schema } } } } } },
      components: { schemas },
    },
    [],
  ).get('post_a')!;
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const bodyOf = (tool: ReturnType<typeof one>) =>
  (tool.shown.inputSchema as { properties: { body: object } }).properties.body;

describe('schemas of tools stand for themselves', () => {
  it('references are replaced by what they lead to', () => {
    const tool = one(
      { type: 'array', items: ref('A') },
      { A: { type: 'object', properties: { b: ref('B') } }, B: { type: 'string' } },
    );
    expect(bodyOf(tool)).toEqual({
      type: 'array',
      items: { type: 'object', properties: { b: { type: 'string' } } },
    });
  });

  it('those that run in a circle lead into $defs, and are checked there', () => {
    const Node = {
      type: 'object',
      required: ['v'],
      properties: { v: { type: 'integer' }, next: ref('Node') },
    };
    const tool = one(ref('Node'), { Node });
    expect(JSON.stringify(tool.shown)).not.toContain('#/components');
    expect(tool.check({ body: { v: 1, next: { v: 2, next: { v: 3 } } } })).toEqual([]);
    expect(tool.check({ body: { v: 1, next: { v: 2, next: {} } } })).toMatchObject([
      { pointer: '/body/next/next/v' },
    ]);
  });

  it('OpenAPI 3.0: nullable and exclusiveMinimum are said as JSON Schema 2020-12 does', () => {
    const tool = one({ type: 'integer', nullable: true, minimum: 3, exclusiveMinimum: true }, {}, '3.0.3');
    expect(bodyOf(tool)).toEqual({ type: ['integer', 'null'], exclusiveMinimum: 3 });
    expect([null, 4, 3].map((body) => tool.check({ body }).length)).toEqual([0, 0, 1]);
  });

  it.each([
    [
      'that multiply',
      Object.fromEntries(
        Array.from({ length: 20 }, (_, i) => [`S${i}`, { allOf: [ref(`S${i + 1}`), ref(`S${i + 1}`)] }]),
      ),
      'too large',
    ],
    ['out of the document', { S0: { $ref: 'http://evil.example/schema' } }, 'leads out of the document'],
    ['to files', { S0: { $ref: 'file:///etc/passwd' } }, 'leads out of the document'],
    ['to themselves', { S0: ref('S0') }, 'run in a circle'],
    ['to nothing', { S0: ref('S1') }, 'There is nothing'],
  ])('references %s are refused', (_, schemas, message) => {
    const all = { S20: { type: 'string' }, ...schemas };
    expect(() => one(ref('S0'), all)).toThrow(message);
  });

  it('schemas that are too deep are refused', () => {
    let deep: object = { type: 'string' };
    for (let i = 0; i < 100; i++) deep = { type: 'array', items: deep };
    expect(() => one(deep)).toThrow('too large');
  });

  it('names are made valid, and unique', () => {
    const get = { operationId: 'läs/it!' };
    const names = operationTools(
      { operations: ['GET /a', 'GET /b', 'PUT /b'].map((operation) => ({ operation, structured: false })) },
      { openapi: '3.1.0', paths: { '/a': { get }, '/b': { get, put: {} } } },
      [],
    );
    expect([...names.keys()]).toEqual(['l_s_it', 'l_s_it_2', 'put_b']);
  });

  it.each(['/a/../{id}', '/a?x={id}', '/{nobody}', '/%2e%2e/a'])('the path %s is refused', (path) => {
    const parameters = [{ name: 'id', in: 'path' }];
    const document = { openapi: '3.1.0', paths: { [path]: { get: { operationId: 'one', parameters } } } };
    expect(() =>
      operationTools({ operations: [{ operation: 'one', structured: false }] }, document, []),
    ).toThrow(/path/);
  });
});
