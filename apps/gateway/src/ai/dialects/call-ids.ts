interface OpenCall {
  readonly id: string;
  readonly name: string;
  isAnswered: boolean;
}

/** Calls in their order, of which the first that waits for its result is found at once, however many there are. */
class OpenCalls {
  private readonly calls: OpenCall[] = [];
  private answered = 0;

  add(call: OpenCall): void {
    this.calls.push(call);
  }

  first(): OpenCall | undefined {
    while (this.calls[this.answered]?.isAnswered) this.answered++;
    return this.calls[this.answered];
  }
}

/** Gives the calls of a conversation ids, where they have none: the same whenever the conversation is sent. */
export class CallIds {
  private count = 0;
  private readonly all = new OpenCalls();
  private readonly byId = new Map<string, OpenCalls>();
  private readonly byName = new Map<string, OpenCalls>();

  called(id: string | null | undefined, name: string): string {
    const given = id || `call_${this.count}`;
    this.count++;
    const call = { id: given, name, isAnswered: false };
    this.all.add(call);
    callsAt(this.byId, given).add(call);
    callsAt(this.byName, name).add(call);
    return given;
  }

  /** Without an id, results come in the order of the calls of their name, or of all calls. */
  answered(id: string | null | undefined, name: string | undefined): string {
    const byId = id ? this.byId.get(id)?.first() : undefined;
    const call = byId ?? (name === undefined ? this.all : this.byName.get(name))?.first();
    if (!call) return id || `call_${this.count++}`;
    call.isAnswered = true;
    return call.id;
  }
}

function callsAt(calls: Map<string, OpenCalls>, name: string): OpenCalls {
  const known = calls.get(name) ?? new OpenCalls();
  calls.set(name, known);
  return known;
}
