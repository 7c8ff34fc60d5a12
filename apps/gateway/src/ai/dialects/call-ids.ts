interface OpenCall {
  readonly id: string;
  readonly name: string;
}

/** Gives the calls of a conversation ids, where they have none: the same whenever the conversation is sent. */
export class CallIds {
  private count = 0;
  private readonly open: OpenCall[] = [];

  called(id: string | null | undefined, name: string): string {
    const given = id || `call_${this.count}`;
    this.count++;
    this.open.push({ id: given, name });
    return given;
  }

  /** Without an id, results come in the order of the calls of their name, or of all calls. */
  answered(id: string | null | undefined, name: string | undefined): string {
    const byId = this.open.findIndex((call) => call.id === id);
    const index = byId >= 0 ? byId : this.open.findIndex((call) => name === undefined || call.name === name);
    if (index >= 0) return this.open.splice(index, 1)[0]!.id;
    return id || `call_${this.count++}`;
  }
}
