import { json, type ProviderAnswer, type ProviderRequest, type ProviderServer } from '../provider-server.js';
import { type Caller, CALLERS_KEY } from './callers/caller.js';
import type { Column } from './columns.js';
import type { Sample } from './sdk-types.js';
import type { Answer, Ask, Complaint, Heard, Said } from './scene.js';

export interface CellOf {
  readonly caller: Caller;
  /** The same SDK, whose key the gateway does not take. */
  readonly stranger: Caller;
  readonly column: Column;
  readonly server: ProviderServer;
}

/** One SDK that asks one provider. */
export class Cell {
  constructor(private readonly of: CellOf) {}

  get caller(): Caller {
    return this.of.caller;
  }

  get column(): Column {
    return this.of.column;
  }

  get requests(): readonly ProviderRequest[] {
    return this.of.server.requests;
  }

  /** All that the provider was asked, as its SDK would ask it. */
  readonly asked: Sample[] = [];

  /** What the provider was asked last; it was never given the caller's key. */
  heard(): Heard {
    const request = this.requests.at(-1)!;
    expect(JSON.stringify([request.headers, request.path, request.body])).not.toContain(CALLERS_KEY);
    const { requestType: type } = this.column.wire;
    if (type !== undefined) this.asked.push({ type, value: request.json });
    return this.column.wire.heard(request);
  }

  ask(ask: Ask, answer: Answer): Promise<Said> {
    this.of.server.reset(json(this.column.wire.whole(answer)));
    return this.caller.ask(ask, this.column.model);
  }

  stream(ask: Ask, answer: Answer): Promise<Said> {
    this.of.server.reset(bytes(this.column, this.column.wire.stream(answer)));
    return this.caller.stream(ask, this.column.model);
  }

  /** A stream that its caller leaves with the first piece of text. */
  leave(ask: Ask, answer: ProviderAnswer): Promise<Said> {
    this.of.server.reset(answer);
    const leaving = new AbortController();
    return this.caller.stream(ask, this.column.model, leaving.signal, () => leaving.abort());
  }

  complaint(ask: Ask, status: number, message: string, headers = {}): Promise<Complaint> {
    this.of.server.reset(json(this.column.wire.error(status, message), status, headers));
    return complaintOf(this.caller, ask, this.column.model);
  }

  /** What one is told whom the gateway does not know. */
  strangersComplaint(ask: Ask): Promise<Complaint> {
    this.of.server.reset(json({}));
    return complaintOf(this.of.stranger, ask, this.column.model);
  }
}

/** A stream as the provider sends it. */
export function bytes({ wire }: Column, text: string | Buffer): ProviderAnswer {
  return (_, response) => {
    response.writeHead(200, { 'content-type': wire.streamType ?? 'text/event-stream' });
    response.end(text);
  };
}

async function complaintOf(caller: Caller, ask: Ask, model: string): Promise<Complaint> {
  try {
    await caller.ask(ask, model);
  } catch (error) {
    return caller.complaintOf(error);
  }
  throw new Error('there was no error');
}
