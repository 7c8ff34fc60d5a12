import { Agent, type Dispatcher, request } from 'undici';
import {
  GuardedFetchError,
  type GuardedRequest,
  type GuardedResponse,
  readResponse,
} from './guarded-response.js';
import { isLoopbackHost, isPrivateHost, PrivateAddressError, publicLookup } from './addresses.js';

const MAX_URL = 2_048;
const CONNECT_TIMEOUT_MS = 3_000;
const TIMEOUT_MS = 5_000;
const MAX_HEADER_BYTES = 16_384;
/** A connection to one host is kept for a moment only: who it belongs to was checked when it was made. */
const KEEP_ALIVE_MS = 1_000;
const CONNECTIONS_PER_ORIGIN = 8;

export interface GuardedFetchOptions {
  /** Lets URLs lead into private networks, and be http on this machine: for tests and closed networks. */
  readonly allowPrivateAddresses: boolean;
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
    if (!this.options.allowPrivateAddresses && isPrivateHost(hostname)) {
      return 'must not lead to a private address';
    }
    return undefined;
  }

  /** @throws GuardedFetchError */
  async fetch(url: string, options: GuardedRequest = {}): Promise<GuardedResponse> {
    const fault = this.urlFault(url);
    if (fault !== undefined) throw new GuardedFetchError(`The URL ${fault}`);
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    try {
      const response = await this.send(url, options, signal);
      return await readResponse(response, options);
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

/** Addresses and ports of what lies behind are not told on. */
function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'The URL does not answer in time';
  if (error instanceof PrivateAddressError) return 'The URL leads to a private address';
  return 'The URL cannot be reached';
}
