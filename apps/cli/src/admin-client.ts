import { CommandError, EXIT } from './command-error.js';
import { keptToken } from './credentials.js';

interface Problem {
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

interface AdminRequest {
  readonly method?: string;
  readonly body?: string;
  readonly accept?: string;
}

const TIMEOUT_MS = 60_000;

/** The gateway's admin API. */
export class AdminClient {
  constructor(
    private readonly gateway: string,
    private readonly token: string | undefined,
  ) {}

  async json<Answer>(path: string, request: AdminRequest = {}): Promise<Answer> {
    return JSON.parse(await this.text(path, request)) as Answer;
  }

  /** What is at a path; undefined: nothing. @throws CommandError */
  async find<Found>(path: string): Promise<Found | undefined> {
    const answer = await this.ask(path, {});
    if (answer.status === 404) return undefined;
    return JSON.parse(await this.read(answer)) as Found;
  }

  /** @throws CommandError that says why there is no answer */
  async text(path: string, request: AdminRequest = {}): Promise<string> {
    return this.read(await this.ask(path, request));
  }

  private ask(path: string, { method = 'GET', body, accept }: AdminRequest): Promise<Response> {
    const token = this.token ?? keptToken(this.gateway);
    if (token === undefined) {
      throw new CommandError(EXIT.notSignedIn, [`not signed in to ${this.gateway}: gatehouse login`]);
    }
    return this.fetch(`${this.gateway}/admin/v1${path}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${token}`,
        accept: accept ?? 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });
  }

  private async read(answer: Response): Promise<string> {
    const text = await answer.text();
    if (answer.ok) return text;
    throw refusal(answer.status, text, this.gateway);
  }

  private async fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      const { message, cause } = error as Error;
      const reason = cause instanceof Error && cause.message ? cause.message : message;
      throw new CommandError(EXIT.failed, [`${this.gateway} does not answer: ${reason}`]);
    }
  }
}

function refusal(status: number, text: string, gateway: string): CommandError {
  const { detail = `the gateway answered ${status}`, errors = [] } = problemOf(text);
  const lines = [detail, ...errors.map((one) => `  ${one.pointer || '/'} ${one.detail}`)];
  if (status === 401)
    return new CommandError(EXIT.notSignedIn, [...lines, `sign in to ${gateway}: gatehouse login`]);
  return new CommandError(status >= 500 ? EXIT.failed : EXIT.refused, lines);
}

function problemOf(text: string): Problem {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return {};
  }
}
