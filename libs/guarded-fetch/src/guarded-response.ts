import type { Dispatcher } from 'undici';

const MAX_BYTES = 256 * 1024;

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

/** Reads an answer whole, where it is one that was asked for. @throws GuardedFetchError */
export async function readResponse(
  response: Dispatcher.ResponseData,
  options: GuardedRequest,
): Promise<GuardedResponse> {
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
