import type { Dispatcher } from 'undici';
import { request } from 'undici';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 65_536;

/** The callback of the `oauth` package, on which passport-oauth2 rests. */
type DataCallback = (
  error: Error | { statusCode: number; data: string } | null,
  data?: string,
  response?: undefined,
) => void;

type Headers = Readonly<Record<string, string>>;

/** Puts into a request to the token endpoint what proves who the client is; into its headers or its form. */
export type Authenticate = (form: URLSearchParams) => Promise<Headers>;

export interface ProviderRequest {
  readonly dispatcher: Dispatcher;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Headers;
  readonly form?: URLSearchParams;
  /** For the whole answer. Default 5 s. */
  readonly timeoutMs?: number;
  /** Ends it before. */
  readonly signal?: AbortSignal | undefined;
}

export interface ProviderAnswer {
  readonly status: number;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/**
 * Asks a provider, within a time and a size; redirects are not followed.
 * @throws when it does not answer, or with something else than a JSON object
 */
export async function exchange(url: string, options: ProviderRequest): Promise<ProviderAnswer> {
  const { dispatcher, method = 'GET', headers = {}, form, timeoutMs = TIMEOUT_MS, signal } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const { statusCode, body } = await request(url, {
    dispatcher,
    method,
    headers:
      form === undefined ? headers : { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: form === undefined ? null : form.toString(),
    signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`the answer of ${url} is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  // RFC 7009 §2.2: the answer to a revocation has no body.
  if (text === '' && statusCode === 200 && method === 'POST') return { status: statusCode, text, json: {} };
  return { status: statusCode, text, json: jsonObject(text, url) };
}

/**
 * Stands in for the `_request` of the `oauth` package, which waits for ever, reads without end, and sends the secret in
 * the form whatever the client has registered: RFC 6749 §2.3 allows one way of authentication in a request.
 */
export function boundedRequest(dispatcher: Dispatcher, authenticate: Authenticate, timeoutMs = TIMEOUT_MS) {
  const send = async (url: string, text: string): Promise<ProviderAnswer> => {
    const form = new URLSearchParams(text);
    form.delete('client_secret');
    const headers = await authenticate(form);
    const answer = await exchange(url, { dispatcher, method: 'POST', headers, form, timeoutMs });
    // `oauth` would take no answer for a form without tokens.
    if (answer.text === '') throw new Error(`the answer of ${url} is not a JSON object`);
    return answer;
  };
  return (
    _method: string,
    url: string,
    _headers: Headers,
    form: string,
    _accessToken: string | null,
    done: DataCallback,
  ): void => {
    send(url, form).then(
      ({ status, text }) =>
        status >= 200 && status < 300 ? done(null, text) : done({ statusCode: status, data: text }),
      (error: Error) => done(error),
    );
  };
}

function jsonObject(text: string, url: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`the answer of ${url} is not a JSON object`);
  return value as Readonly<Record<string, unknown>>;
}
