import { BodyFault, type JsonMembers } from './json-members.js';

/** What is to stand in place of some bytes. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Changes members of a body and leaves every other byte as it is. */
export class MemberEdits {
  private readonly edits: Edit[] = [];

  constructor(private readonly members: JsonMembers) {}

  /** Gives a member this value, whether it is there or not. */
  set(name: string, value: unknown): this {
    const text = JSON.stringify(value);
    const span = this.members.span(name);
    if (span) this.edits.push({ ...span, text });
    else {
      const at = this.members.beginning;
      const comma = this.members.isEmpty ? '' : ',';
      this.edits.push({ start: at, end: at, text: `${JSON.stringify(name)}:${text}${comma}` });
    }
    return this;
  }

  /** Calls a member otherwise, unless there is one of that name. */
  rename(from: string, to: string): this {
    const span = this.members.nameSpan(from);
    if (span && !this.members.has(to)) this.edits.push({ ...span, text: JSON.stringify(to) });
    return this;
  }

  /** Has a member give its place to another one. @throws BodyFault where that is there already */
  replace(name: string, by: string, value: unknown): this {
    if (this.members.has(by)) throw new BodyFault(`/${by} is set by the gateway: leave it out`, `/${by}`);
    return this.rename(name, by).set(name, value);
  }

  /** The body with all of it done. */
  apply(): Buffer {
    const { bytes } = this.members;
    if (this.edits.length === 0) return bytes;
    const pieces: Buffer[] = [];
    let at = 0;
    for (const { start, end, text } of [...this.edits].sort((a, b) => a.start - b.start)) {
      pieces.push(bytes.subarray(at, start), Buffer.from(text));
      at = end;
    }
    pieces.push(bytes.subarray(at));
    return Buffer.concat(pieces);
  }
}
