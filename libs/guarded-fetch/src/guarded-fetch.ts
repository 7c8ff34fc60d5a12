import { Agent, type Dispatcher, request } from 'undici';
import { isLoopbackHost, isPublicAddress, PrivateAddressError, publicLookup } from './addresses.js';

const MAX_URL = 2_048;
const CONNECT_TIMEOUT_MS = 3_000;
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 256 * 1024;
const MAX_HEADER_BYTES = 16_384;
/** A connection to one host is kept for a moment only: who it belongs to was checked when it was made. */
const KEEP_ALIVE_MS = 1_000;
const CONNECTIONS_PER_ORIGIN = 8;

export interface GuardedFetchOptions {
  /** Lets URLs lead into private networks, and be http on this machine: for tests and closed networks. */
  readonly allowPrivateAddresses: boolean;
}

export interface GuardedRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Media types that the answer may have, in lower case; any when absent (and the body is not to be believed). */
  readonly accept?: readonly string[];
  /** Statuses that count as success. Default 200 only. */
  readonly statuses?: readonly number[];
  /** Default 256 KiB. */
  readonly maxBytes?: number;
  /** For the whole exchange. Default 5 s. */
  readonly timeoutMs?: number;
}

export interface GuardedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  text(): string;
  /** @throws GuardedFetchError when the body is no JSON */
  json(): unknown;
}

/** The URL could not be fetched, or may not be. `reason` holds no more than whoever gave the URL may know. */
export class GuardedFetchError extends Error {
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(reason, options);
    this.name = 'GuardedFetchError';
  }
}

/**
 * Fetches URLs that somebody else supplied: https only, public addresses only, no redirects, within a size and a time.
 * Every such URL goes through here, or a client could make this server ask what only it can reach (SSRF).
 */
export class GuardedFetch {
  private readonly agent: Agent;

  constructor(private readonly options: GuardedFetchOptions) {
    this.agent = new Agent({
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        ...(options.allowPrivateAddresses ? {} : { lookup: publicLookup }),
      },
      connections: CONNECTIONS_PER_ORIGIN,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      pipelining: 1,
    });
  }

  /** Why a URL may not be fetched, as far as that can be told without asking DNS; undefined when it may. */
  urlFault(value: string): string | undefined {
    if (value.length > MAX_URL) return `must have ${MAX_URL} characters at most`;
    if (!URL.canParse(value)) return 'must be an absolute URL';
    const { protocol, hostname, username, password } = new URL(value);
    if (username || password) return 'must not have a user name';
    const isLocal = this.options.allowPrivateAddresses && isLoopbackHost(hostname);
    if (protocol !== 'https:' && !(protocol === 'http:' && isLocal)) return 'must be https';
    if (this.options.allowPrivateAddresses) return undefined;
    const host = hostname.replace(/^\[|\]$/g, '');
    const isLiteral = host.includes(':') || /^[\d.]+$/.test(host);
    if (isLoopbackHost(host) || (isLiteral && !isPublicAddress(host)))
      return 'must not lead to a private address';
    return undefined;
  }

  /** @throws GuardedFetchError */
  async fetch(url: string, options: GuardedRequest = {}): Promise<GuardedResponse> {
    const fault = this.urlFault(url);
    if (fault !== undefined) throw new GuardedFetchError(`The URL ${fault}`);
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    try {
      const response = await this.send(url, options, signal);
      return await read(response, options);
    } catch (error) {
      throw error instanceof GuardedFetchError
        ? error
        : new GuardedFetchError(reasonOf(error, signal), { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private send(url: string, options: GuardedRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const accept = options.accept?.join(', ') ?? '*/*';
    return request(url, {
      dispatcher: this.agent,
      method: options.method ?? 'GET',
      headers: { accept, 'accept-encoding': 'identity', ...options.headers },
      ...(options.body === undefined ? {} : { body: options.body }),
      signal,
      // The signal bounds the whole; these only keep a slow peer from outliving it.
      headersTimeout: options.timeoutMs ?? TIMEOUT_MS,
      bodyTimeout: options.timeoutMs ?? TIMEOUT_MS,
    });
  }
}

async function read(response: Dispatcher.ResponseData, options: GuardedRequest): Promise<GuardedResponse> {
  const { statusCode: status, headers } = response;
  const fault = headFault(response, options);
  if (fault !== undefined) {
    response.body.on('error', () => undefined).destroy();
    throw new GuardedFetchError(fault);
  }
  const body = await readBody(response, options.maxBytes ?? MAX_BYTES);
  const text = () => body.toString('utf8');
  return { status, headers, body, text, json: () => parseJson(text()) };
}

function headFault(
  { statusCode, headers }: Dispatcher.ResponseData,
  options: GuardedRequest,
): string | undefined {
  if (!(options.statuses ?? [200]).includes(statusCode)) {
    return statusCode >= 300 && statusCode < 400
      ? 'The URL redirects, which is not followed'
      : `The URL answers with status ${statusCode}`;
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return 'The answer is compressed';
  const type = String(headers['content-type'] ?? '')
    .split(';', 1)[0]!
    .trim()
    .toLowerCase();
  if (options.accept && !options.accept.includes(type)) {
    return `The answer is not of the type ${options.accept.join(' or ')}`;
  }
  return undefined;
}

async function readBody({ body }: Dispatcher.ResponseData, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop early destroys the stream, and with it the connection.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new GuardedFetchError(`The answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GuardedFetchError('The answer is no JSON', { cause: error });
  }
}

/** Addresses and ports of what lies behind are not told on. */
function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'The URL does not answer in time';
  if (error instanceof PrivateAddressError) return 'The URL leads to a private address';
  return 'The URL cannot be reached';
}
