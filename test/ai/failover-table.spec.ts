import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createAuthority, readCertificate, type TestAuthority } from '../support/certificates.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderAnswer, startProvider, stream } from './provider-server.js';
import {
  anthropicAnswer,
  anthropicStream,
  openAiAnswer,
  openAiStreamStart,
  openAiStreamText,
} from './wire-shapes.js';

/** What each fault of a provider comes to, by what AI-WIRE says of keys and failover: whole answers and streams. */
interface Row {
  readonly fault: string;
  /** What a provider with two keys answers, or where it is that never does. */
  readonly answer?: ProviderAnswer;
  readonly at?: 'nowhere' | 'untrusted' | 'stalled';
  /** Requests that it gets: two tries, or one for each of its keys. */
  readonly requests: number;
  /** What the caller is told where nobody else can be asked. */
  readonly told: readonly [status: number, code: string];
  /** The same of a stream, where it is another. */
  readonly toldOfStream?: readonly [status: number, code: string];
  readonly headers?: Readonly<Record<string, RegExp>>;
}

const error =
  (message: string, status: number, headers?: () => Record<string, string>): ProviderAnswer =>
  (request, response) =>
    json({ error: { message, type: 'x', param: null, code: null } }, status, headers?.())(request, response);
const inAMinute = () => ({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
const begun = (response: Parameters<ProviderAnswer>[1], text: string) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(text);
};
/** Whatever was asked for breaks off before anything is said. */
const cut: ProviderAnswer = ({ json: body }, response) => {
  if (body.stream === true) begun(response, openAiStreamStart);
  else response.writeHead(200, { 'content-type': 'application/json' }).write('{"choices":');
  setTimeout(() => response.destroy(), 10);
};

const UNREACHABLE = [502, 'upstream_unreachable'] as const;
const NO_KEY = [502, 'upstream_credentials_exhausted'] as const;
const LATE = [504, 'upstream_timeout'] as const;
const NEVER = { 'x-should-retry': /^false$/ };
const A_MINUTE = { 'retry-after': /^(?:59|60)$/ };

const ROWS: readonly Row[] = [
  { fault: 'connection refused', at: 'nowhere', requests: 0, told: UNREACHABLE },
  { fault: 'TLS: a certificate that nobody trusts', at: 'untrusted', requests: 0, told: UNREACHABLE },
  { fault: 'connect timeout', at: 'stalled', requests: 0, told: LATE },
  { fault: '401', answer: error('no', 401), requests: 2, told: NO_KEY, headers: NEVER },
  { fault: '402', answer: error('no', 402), requests: 2, told: NO_KEY, headers: NEVER },
  { fault: '403', answer: error('no', 403), requests: 2, told: NO_KEY, headers: NEVER },
  {
    fault: '429, Retry-After in seconds',
    answer: error('slow', 429, () => ({ 'retry-after': '60' })),
    requests: 2,
    told: [429, 'rate_limit_exceeded'],
    headers: A_MINUTE,
  },
  {
    fault: '429, Retry-After as a date',
    answer: error('slow', 429, inAMinute),
    requests: 2,
    told: [429, 'rate_limit_exceeded'],
    headers: A_MINUTE,
  },
  { fault: '500', answer: error('oops', 500), requests: 2, told: [502, 'upstream_failed'] },
  { fault: '503', answer: error('oops', 503), requests: 2, told: [502, 'upstream_failed'] },
  { fault: 'first token, or whole answer, too late', answer: () => undefined, requests: 2, told: LATE },
  {
    fault: 'silence after the head',
    answer: (_, response) => begun(response, openAiStreamStart),
    requests: 2,
    told: LATE,
  },
  {
    fault: 'garbage',
    answer: (request, response) =>
      (request.json.stream === true ? stream('data: {"choi\n\n') : json('<html>'))(request, response),
    requests: 2,
    told: [502, 'upstream_answer_unreadable'],
    toldOfStream: [502, 'upstream_failed'],
  },
  { fault: 'cut before anything is said', answer: cut, requests: 2, told: [502, 'upstream_stream_cut'] },
];

let gateway: AiGateway;
let authority: TestAuthority;
const places: Record<string, string> = {};
const closing: (() => void)[] = [];
let names = 0;

beforeAll(async () => {
  gateway = await startAiGateway();
  const gone = await startProvider();
  await gone.stop();
  places.nowhere = gone.url;
  authority = createAuthority();
  const untrusted = createTlsServer(readCertificate(authority.issue('provider', ['IP:127.0.0.1'])));
  const stalled = createServer((socket) => void socket.on('error', () => undefined));
  for (const [name, server] of Object.entries({ untrusted, stalled })) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    places[name] = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    closing.push(() => void server.close());
  }
});
afterAll(async () => {
  await gateway?.stop();
  for (const close of closing) close();
  authority?.remove();
});

/** A model of a provider with this fault, and of another behind it where there is one. */
async function model({ at }: Pick<Row, 'at'>, others: readonly string[]): Promise<string> {
  const name = `f${names++}`;
  await gateway.add('ai-providers', {
    name,
    type: 'openai',
    base_url: `${at ? places[at] : gateway.openai.url}/v1`,
    keys: ['a', 'b'].map((key) => ({ name: key, key: `secret-${name}-${key}-0123456789abcdef` })),
    timeouts: { connect: 0.5, first_token: 0.5, between_tokens: 0.5, total: 1 },
  });
  const retries = { tries: 2, backoff: 0.02, max_backoff: 0.2 };
  await gateway.addModel(name, [`${name}/x`, ...others], { retries });
  return name;
}

const ask = (name: string, isStream: boolean) =>
  gateway.post('/ai/v1/chat/completions', {
    model: name,
    stream: isStream,
    messages: [{ role: 'user', content: 'Hi' }],
  });

describe.each([
  ['a whole answer', false],
  ['a stream', true],
])('of %s', (_, isStream) => {
  it.each(ROWS)('$fault: the next target is asked', async (row) => {
    gateway.openai.reset(row.answer ?? json(openAiAnswer));
    gateway.anthropic.reset(isStream ? stream(anthropicStream) : json(anthropicAnswer));
    const got = await ask(await model(row, ['anthropic/y']), isStream);
    const text = await got.text();
    expect(got.status).toBe(200);
    expect(text).toContain(isStream ? 'lo!' : 'Hello!');
    expect(text).not.toContain('error');
    expect([gateway.openai.requests.length, gateway.anthropic.requests.length]).toEqual([row.requests, 1]);
    const keys = gateway.openai.requests.map(({ headers }) => headers.authorization);
    // Keys that are to blame give way to the next; those that are not are used in turn.
    expect(new Set(keys).size).toBe(row.requests);
  });

  it.each(ROWS)('$fault: the caller is told, where there is no other', async (row) => {
    gateway.openai.reset(row.answer ?? json(openAiAnswer));
    const got = await ask(await model(row, []), isStream);
    const { error: told } = (await got.json()) as { error: { code: string } };
    expect([got.status, told.code]).toEqual((isStream && row.toldOfStream) || row.told);
    for (const [name, value] of Object.entries(row.headers ?? {}))
      expect(got.headers.get(name)).toMatch(value);
  });
});

/** After output the provider is never changed. */
describe('of a stream that has begun', () => {
  it.each<[string, string, ProviderAnswer]>([
    [
      'cut in the middle',
      'upstream_stream_cut',
      (_, response) => {
        begun(response, openAiStreamText);
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ['too long between tokens', 'upstream_timeout', (_, response) => begun(response, openAiStreamText)],
    [
      'too long in total',
      'upstream_timeout',
      (_, response) => {
        begun(response, openAiStreamText);
        const timer = setInterval(() => response.write(openAiStreamText), 50);
        response.on('close', () => clearInterval(timer));
      },
    ],
    [
      'an error',
      'server_error',
      (_, response) => {
        begun(response, openAiStreamText);
        response.end('data: {"error":{"message":"oops","code":"server_error"}}\n\n');
      },
    ],
  ])('%s: it ends with an error, and nobody else is asked', async (_, code, answer) => {
    gateway.openai.reset(answer);
    gateway.anthropic.reset(stream(anthropicStream));
    const got = await ask(await model({}, ['anthropic/y']), true);
    const text = await got.text();
    expect(got.status).toBe(200);
    expect(text).toContain('Hel');
    expect(text).toContain(code);
    expect([gateway.openai.requests.length, gateway.anthropic.requests.length]).toEqual([1, 0]);
  });

  it('garbage: it is passed on in the same dialect, and ends with an error in another', async () => {
    const garbage = 'data: {"choi\n\n';
    gateway.openai.reset((_, response) => {
      begun(response, openAiStreamText);
      response.end(garbage);
    });
    const name = await model({}, []);
    expect(await (await ask(name, true)).text()).toContain(garbage);
    const messages = [{ role: 'user', content: 'Hi' }];
    const body = { model: name, max_tokens: 9, stream: true, messages };
    const text = await (await gateway.post('/ai/v1/messages', body)).text();
    expect(text).toContain('Hel');
    expect(text).toContain('event: error');
  });
});
