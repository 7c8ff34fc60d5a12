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

/**
 * Stands in for the `_request` of the `oauth` package, which waits for ever and reads without end.
 * @param authorization HTTP Basic of the client, for the token endpoint (RFC 6749 §2.3.1)
 * @param timeoutMs for the whole answer
 */
export function boundedRequest(dispatcher: Dispatcher, authorization: string, timeoutMs = TIMEOUT_MS) {
  return (
    method: 'GET' | 'POST',
    url: string,
    headers: Headers,
    form: string,
    _accessToken: string | null,
    done: DataCallback,
  ): void => {
    const sent =
      method === 'POST'
        ? { headers: { ...headers, authorization }, body: withoutSecret(form) }
        : { headers, body: null };
    answerOf(url, timeoutMs, { ...sent, method, dispatcher }).then(
      ({ status, text }) =>
        status >= 200 && status < 300 ? done(null, text) : done({ statusCode: status, data: text }),
      (error: Error) => done(error),
    );
  };
}

/** The secret goes by HTTP Basic: RFC 6749 §2.3 allows one method of authentication in a request. */
function withoutSecret(form: string): string {
  const parameters = new URLSearchParams(form);
  parameters.delete('client_secret');
  return parameters.toString();
}

async function answerOf(
  url: string,
  timeoutMs: number,
  options: { method: 'GET' | 'POST'; headers: Headers; body: string | null; dispatcher: Dispatcher },
): Promise<{ status: number; text: string }> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { statusCode, body } = await request(url, { ...options, signal });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`the answer of ${url} is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  demandJsonObject(text, url);
  return { status: statusCode, text };
}

/** `oauth` would take anything else for a form. */
function demandJsonObject(text: string, url: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null)
    throw new Error(`the answer of ${url} is not a JSON object`);
}
