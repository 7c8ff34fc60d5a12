import OpenAI, { toFile } from 'openai';
import { ConsumerWorld } from '../gateway/consumer-world.js';
import { createGateway } from '../../apps/gateway/src/testing.js';
import { freePort } from '../../apps/launcher/src/ports.js';
import { TEST_SECRET } from '../support/app.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderAnswer, type ProviderServer, startProvider } from './provider-server.js';
import { openAiAnswer } from './wire-shapes.js';

const LINES = Buffer.from(
  '{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-5-mini"}}\n',
);

let gateway: AiGateway;
let world: ConsumerWorld;
let server: ProviderServer;
let anna: OpenAI;
let ben: OpenAI;
let made = 0;

/** OpenAI's files and batches, of which each upload is another one. */
const openAiFiles: ProviderAnswer = (request, response) => {
  const [, , kind, id, verb] = request.path.split('/');
  const file = (of: string) => ({
    id: of,
    object: 'file',
    bytes: 9,
    created_at: 1,
    filename: 'a.jsonl',
    purpose: 'batch',
    status: 'processed',
  });
  const batch = (of: string, more: object = {}) => ({
    id: of,
    object: 'batch',
    endpoint: '/v1/chat/completions',
    status: 'validating',
    ...more,
  });
  if (request.method === 'DELETE') return json({ id, object: 'file', deleted: true })(request, response);
  if (verb === 'content') {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    return response.end(LINES);
  }
  if (kind === 'files') return json(file(id ?? `file-${++made}`))(request, response);
  if (verb === 'cancel') return json(batch(id!, { status: 'cancelling' }))(request, response);
  const done = { status: 'completed', output_file_id: `file-out-${id}`, error_file_id: null };
  return json(id === undefined ? batch(`batch_${++made}`) : batch(id, done))(request, response);
};

beforeAll(async () => {
  [gateway, server] = await Promise.all([startAiGateway(), startProvider()]);
  await gateway.add('ai-providers', {
    name: 'filing',
    type: 'openai',
    base_url: `${server.url}/v1`,
    keys: ['one', 'two'].map((name) => ({ name, key: `key-${name}-0123456789abcdef` })),
  });
  world = new ConsumerWorld(gateway);
  const guards = [{ type: 'api_key' }];
  const route = (name: string, files: object | undefined, more: object = {}) =>
    gateway.addRoute({
      name,
      match: { paths: [`/${name}`] },
      guards,
      ai: { ...(files ? { files } : {}), ...more },
    });
  await route('filed', { provider: 'filing', batches: true });
  await route('no-batches', { provider: 'filing' });
  await route('no-files', undefined);
  await route('narrow', { provider: 'filing' }, { max_body: 2_000 });
  [anna, ben] = await Promise.all([sdkOf('anna'), sdkOf('ben')]);
});
afterAll(() => Promise.all([gateway?.stop(), server?.stop()]));
beforeEach(() => server.reset(openAiFiles));

let keys: Record<string, string> = {};

async function sdkOf(name: string): Promise<OpenAI> {
  await world.consumer(name);
  const key = await world.credential(`${name}-key`, { consumer: name, type: 'api_key' });
  keys = { ...keys, [name]: key };
  return new OpenAI({ baseURL: `${gateway.url}/filed/v1`, apiKey: key, maxRetries: 0 });
}

const upload = async (sdk: OpenAI) =>
  sdk.files.create({ file: await toFile(LINES, 'a.jsonl'), purpose: 'batch' });
const status = (promise: Promise<unknown>) =>
  promise.then(
    () => 200,
    (error: { status: number }) => error.status,
  );

describe('files of callers, by the OpenAI SDK', () => {
  it('are uploaded, found, read and deleted by whoever uploaded them', async () => {
    const file = await upload(anna);
    expect(await anna.files.retrieve(file.id)).toMatchObject({ id: file.id, purpose: 'batch' });
    expect(Buffer.from(await (await anna.files.content(file.id)).arrayBuffer()).equals(LINES)).toBe(true);
    expect((await anna.files.list()).data.map(({ id }) => id)).toContain(file.id);
    expect(await anna.files.delete(file.id)).toMatchObject({ deleted: true });
    expect(await status(anna.files.retrieve(file.id))).toBe(404);
    expect((await anna.files.list()).data.map(({ id }) => id)).not.toContain(file.id);
  });

  it('are not there for anybody else', async () => {
    const file = await upload(anna);
    server.reset(openAiFiles);
    const tries = [ben.files.retrieve(file.id), ben.files.content(file.id), ben.files.delete(file.id)];
    expect(await Promise.all(tries.map(status))).toEqual([404, 404, 404]);
    expect((await ben.files.list()).data).toEqual([]);
    expect(
      await status(
        ben.batches.create({
          input_file_id: file.id,
          endpoint: '/v1/chat/completions',
          completion_window: '24h',
        }),
      ),
    ).toBe(404);
    expect(server.requests).toHaveLength(0);
    expect(await status(anna.files.retrieve(file.id))).toBe(200);
  });

  it('that nobody is known to have uploaded are nobody’s', async () => {
    expect(await status(anna.files.retrieve('file-of-the-account'))).toBe(404);
    expect(server.requests).toHaveLength(0);
  });

  it('go to the account that has them: each with the key that uploaded it', async () => {
    const keyOf = async () => {
      server.reset(openAiFiles);
      const { id } = await upload(anna);
      await anna.files.retrieve(id);
      return server.requests.map(({ headers }) => headers.authorization);
    };
    const [first, second] = [await keyOf(), await keyOf()];
    expect(first[0]).toBe(first[1]);
    expect(second[0]).toBe(second[1]);
    expect(first[0]).not.toBe(second[0]);
  });

  it('are sent on as they come, byte for byte', async () => {
    server.reset(openAiFiles);
    await upload(anna);
    const { headers, bytes } = server.requests[0]!;
    expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    const form = await new Response(new Uint8Array(bytes), {
      headers: { 'content-type': headers['content-type']! },
    }).formData();
    expect(Buffer.from(await (form.get('file') as File).arrayBuffer()).equals(LINES)).toBe(true);
  });

  it('are listed page by page', async () => {
    const carla = await sdkOf('carla');
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push((await upload(carla)).id);
    const listed = [];
    for await (const file of carla.files.list({ limit: 2 })) listed.push(file.id);
    expect(listed).toEqual([...ids].reverse());
    expect((await carla.files.list({ purpose: 'vision' })).data).toEqual([]);
    expect(
      await status(ben.files.list({ after: ids[0]! }).then(({ data }) => expect(data).toEqual([]))),
    ).toBe(200);
  });

  it('are found again after a restart', async () => {
    const file = await upload(anna);
    const port = await freePort();
    const again = await createGateway(
      {
        DATABASE_URL: gateway.databaseUrl,
        GATEHOUSE_SECRET: TEST_SECRET,
        GATEHOUSE_ISSUER: 'http://127.0.0.1:1',
        GATEHOUSE_GATEWAY_URL: `http://127.0.0.1:${port}`,
        GATEHOUSE_GATEWAY_PORT: String(port),
        GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true',
        ...(process.env.REDIS_URL === undefined ? {} : { REDIS_URL: process.env.REDIS_URL }),
      },
      [],
    );
    try {
      await again.listen({ port, host: '127.0.0.1' });
      const at = (key: string) =>
        new OpenAI({ baseURL: `http://127.0.0.1:${port}/filed/v1`, apiKey: key, maxRetries: 0 });
      expect(await status(at(keys.anna!).files.retrieve(file.id))).toBe(200);
      expect(await status(at(keys.ben!).files.retrieve(file.id))).toBe(404);
    } finally {
      await again.close();
    }
  });

  it('are bounded, whether they say so or not', async () => {
    const sent = (body: string | ReadableStream, headers: Record<string, string> = {}) =>
      fetch(`${gateway.url}/narrow/v1/files`, {
        method: 'POST',
        body,
        headers: { 'x-api-key': keys.anna!, 'content-type': 'multipart/form-data; boundary=x', ...headers },
        ...({ duplex: 'half' } as object),
      });
    expect((await sent('x'.repeat(2_001))).status).toBe(413);
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(500)),
    });
    expect((await sent(endless)).status).toBe(413);
    expect((await sent('x'.repeat(2_000))).status).toBe(200);
  });

  it('are not told of while it is not known whose they are', async () => {
    const file = await upload(anna);
    server.reset(openAiFiles);
    await gateway.cutOffDatabase();
    try {
      expect(await status(anna.files.retrieve(file.id))).toBe(503);
      expect(server.requests).toHaveLength(0);
    } finally {
      await gateway.restoreDatabase();
    }
  });
});

describe('batches of callers', () => {
  const create = (sdk: OpenAI, id: string) =>
    sdk.batches.create({ input_file_id: id, endpoint: '/v1/chat/completions', completion_window: '24h' });

  it('are theirs, and so are the files that they make', async () => {
    const { id } = await create(anna, (await upload(anna)).id);
    const { output_file_id: output } = await anna.batches.retrieve(id);
    expect(output).toBe(`file-out-${id}`);
    expect(await (await anna.files.content(output!)).text()).toBe(LINES.toString());
    expect(await status(ben.files.content(output!))).toBe(404);
    expect(await status(ben.batches.retrieve(id))).toBe(404);
    expect(await status(ben.batches.cancel(id))).toBe(404);
    expect(await anna.batches.cancel(id)).toMatchObject({ status: 'cancelling' });
    expect((await anna.batches.list()).data.map((one) => [one.id, one.status])).toContainEqual([
      id,
      'cancelling',
    ]);
  });

  const at = (path: string, key: string) =>
    new OpenAI({ baseURL: `${gateway.url}/${path}/v1`, apiKey: key, maxRetries: 0 });

  it('are refused where the route does not say that they may be made', async () => {
    const sdk = at('no-batches', keys.anna!);
    const file = await upload(sdk);
    server.reset(openAiFiles);
    expect(await status(create(sdk, file.id))).toBe(403);
    expect(server.requests).toHaveLength(0);
  });

  it('are refused to keys that are for some models alone', async () => {
    const key = await world.credential('some', { consumer: 'anna', type: 'api_key', models: ['gpt'] });
    expect(await status(create(at('filed', key), 'file-1'))).toBe(403);
  });
});

describe('a file that a call of a model names', () => {
  const inChat = (id: string) => ({
    messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: id } }] }],
  });
  const inInput = (content: object) => ({ input: [{ role: 'user', content: [content] }] });
  const interpreter = (file_ids: string[]) => ({
    input: 'Hi',
    tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids } }],
  });
  const ask = async (by: string, body: object | string, route = 'filed') => {
    const kind = typeof body === 'object' && 'input' in body ? 'responses' : 'chat/completions';
    const text = typeof body === 'string' ? body : JSON.stringify({ model: 'reader', ...body });
    const got = await gateway.post(`/${route}/v1/${kind}`, text, { 'x-api-key': keys[by]! });
    return [got.status, await got.text()];
  };
  let file: string;

  beforeAll(async () => {
    await gateway.addModel('reader', ['filing/gpt-5-mini']);
    await gateway.addRoute({
      name: 'any-file',
      match: { paths: ['/any-file'] },
      guards: [{ type: 'api_key' }],
      ai: { foreign_files: 'allow' },
    });
  });
  beforeEach(async () => {
    file = (await upload(anna)).id;
    server.reset(json(openAiAnswer));
  });

  it.each<[string, (id: string) => object | string]>([
    ['in a chat', inChat],
    ['as a file', (id) => inInput({ type: 'input_file', file_id: id })],
    ['as an image', (id) => inInput({ type: 'input_image', file_id: id })],
    ['for code to be run', (id) => interpreter([id])],
    [
      'in escapes',
      (id) => JSON.stringify({ model: 'reader', ...inChat(id) }).replace('file_id', 'file\\u005fid'),
    ],
  ])('%s is the caller’s own; that of another one is as if it did not exist', async (_, naming) => {
    expect(await ask('anna', naming(file))).toEqual([200, expect.anything()]);
    expect(server.requests).toHaveLength(1);
    expect(await ask('ben', naming(file))).toEqual([404, expect.stringContaining('there is no such file')]);
    expect(await ask('anna', naming('file-of-nobody'))).toEqual([404, expect.anything()]);
    expect(server.requests).toHaveLength(1);
  });

  it('is one and not two', async () => {
    const body = JSON.stringify({ model: 'reader', ...inChat(file) });
    const both = body.replace('"file_id"', '"file_id":"file-of-ben","file_id"');
    expect(await ask('anna', both)).toEqual([400, expect.stringContaining('depends on the reader')]);
  });

  it('is looked at on a route without files, too, and nowhere else than where it is one', async () => {
    expect((await ask('anna', inChat(file), 'no-files'))[0]).toBe(200);
    expect((await ask('ben', inChat(file), 'no-files'))[0]).toBe(404);
    const parameters = { type: 'object', properties: { file_id: { default: 'file-1', type: 'string' } } };
    const tools = [{ type: 'function', function: { name: 'read', parameters } }];
    const told = { messages: [{ role: 'user', content: 'Which "file_id":"file-1"?' }], tools };
    expect((await ask('ben', told))[0]).toBe(200);
  });

  it('may be any where the route says so', async () => {
    expect((await ask('ben', inChat(file), 'any-file'))[0]).toBe(200);
  });

  it('is not asked for while it is not known whose it is', async () => {
    await gateway.cutOffDatabase();
    try {
      expect((await ask('anna', inChat(file)))[0]).toBe(503);
    } finally {
      await gateway.restoreDatabase();
    }
    expect(server.requests).toHaveLength(0);
  });
});

describe('a route', () => {
  it('has no files unless it says so', async () => {
    const sdk = new OpenAI({ baseURL: `${gateway.url}/no-files/v1`, apiKey: keys.anna!, maxRetries: 0 });
    expect(await status(sdk.files.list())).toBe(404);
  });

  it('without guards has none: it is not known who calls', async () => {
    await gateway.addRoute({
      name: 'open',
      match: { paths: ['/open'] },
      ai: { files: { provider: 'filing' } },
    });
    const sdk = new OpenAI({ baseURL: `${gateway.url}/open/v1`, apiKey: 'x', maxRetries: 0 });
    expect(await status(sdk.files.list())).toBe(403);
  });

  it.each([
    ['nobody', 'names no AI provider: create it first'],
    ['anthropic', 'names a provider that has no files'],
  ])('of %s is refused', async (provider, detail) => {
    const route = { name: 'wrong', match: { paths: ['/wrong'] }, ai: { files: { provider } } };
    await expect(gateway.addRoute(route)).rejects.toMatchObject({
      errors: [{ pointer: '/ai/files/provider', detail }],
    });
  });

  it('tells what the provider refuses', async () => {
    server.reset(
      json(
        { error: { message: 'Invalid file format', type: 'invalid_request_error', param: null, code: null } },
        400,
      ),
    );
    expect(await status(upload(anna))).toBe(400);
    server.reset(json({ error: { message: 'no' } }, 500));
    expect(await status(upload(anna))).toBe(502);
  });
});
