import type { AnswerHandler } from '../upstreams/upstream.js';
import type { McpProblem } from '../mcp/protocol/mcp-problem.js';
import { refused, unreadable } from './failures.js';

/** What becomes of the answer of an agent. */
export interface Passing {
  /** Takes out of a text, whose bytes are its characters, the secret that the agent was shown. */
  readonly hide: (text: string) => string;
  /** Bytes of an answer, or of one line of a stream. */
  readonly maxAnswer: number;
  /** What the caller is told of an error. */
  readonly tell: (error: Error) => Error;
}

/** Answered before the agent was: it has no `code`, by which it is no fault of the upstream. */
class Refused extends Error {}

/** RFC 9110 §5.5: what else a field has is of no certain meaning. */
const PLAIN = /^[\t\x20-\x7E]*$/;

/** Why an answer cannot be JSON that is meant for the caller; undefined: it may be. */
export function faultOfJson(status: number, type: string): McpProblem | undefined {
  // The caller's own credentials were good: another sign-in would not help.
  if (status === 401 || status === 403) return refused();
  const isJson = type === 'application/json' && (status === 200 || status >= 400);
  return isJson ? undefined : unreadable(new Error(`it answered ${status} ${type}`));
}

/** Takes the answer of an agent to the caller, line by line: an event of a stream is sent on as soon as it is there. */
export class PassedAnswer implements AnswerHandler {
  private cancel: ((reason: Error) => void) | undefined;
  private isOver = false;
  private isStream = false;
  private size = 0;
  private readonly held: Buffer[] = [];

  constructor(
    private readonly caller: AnswerHandler,
    private readonly passing: Passing,
  ) {}

  onStart(cancel: (reason: Error) => void): void {
    this.cancel = cancel;
    this.caller.onStart(cancel);
  }

  /** Of the header nothing goes on but what the answer is, and which extensions it follows. */
  onHead(status: number, raw: readonly (Buffer | string)[], resume: () => void): boolean {
    const type = (field(raw, 'content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
    this.isStream = type === 'text/event-stream' && status === 200;
    const fault = this.isStream ? undefined : faultOfJson(status, type);
    if (fault) return this.fail(fault);
    const extensions = field(raw, 'a2a-extensions') ?? field(raw, 'x-a2a-extensions');
    const headers = ['content-type', type, 'cache-control', this.isStream ? 'no-cache' : 'no-store'];
    if (extensions !== undefined && PLAIN.test(extensions)) headers.push('a2a-extensions', extensions);
    return this.caller.onHead(status, headers, resume);
  }

  onData(chunk: Buffer): boolean {
    if (this.isOver) return true;
    this.size += chunk.length;
    if (this.size > this.passing.maxAnswer)
      return this.fail(unreadable(new Error('its answer is too large')));
    const end = chunk.lastIndexOf(10) + 1;
    if (end === 0 || !this.isStream) {
      this.held.push(chunk);
      return true;
    }
    const lines = Buffer.concat([...this.held.splice(0), chunk.subarray(0, end)]);
    this.held.push(chunk.subarray(end));
    this.size = chunk.length - end;
    return this.caller.onData(this.without(lines));
  }

  onEnd(): void {
    if (this.isOver) return;
    const rest = Buffer.concat(this.held);
    if (rest.length > 0) this.caller.onData(this.without(rest));
    this.caller.onEnd([]);
  }

  onError(error: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.caller.onError(this.passing.tell(error));
  }

  private fail(error: Error): true {
    this.onError(error);
    this.cancel?.(new Refused());
    return true;
  }

  /** As bytes: what is no UTF-8 stays as it is. */
  private without(bytes: Buffer): Buffer {
    const text = bytes.toString('latin1');
    const shown = this.passing.hide(text);
    return shown === text ? bytes : Buffer.from(shown, 'latin1');
  }
}

function field(raw: readonly (Buffer | string)[], name: string): string | undefined {
  for (let i = 0; i < raw.length; i += 2) {
    if (String(raw[i]).toLowerCase() === name) return String(raw[i + 1]);
  }
  return undefined;
}
