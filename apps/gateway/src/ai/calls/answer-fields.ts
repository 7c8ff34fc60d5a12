/** The header fields of an answer, as they came; few of them are ever asked for. */
export class AnswerFields {
  /** @param raw names and values in turn */
  constructor(private readonly raw: readonly (Buffer | string)[]) {}

  /** @param name in lower case @returns the last of them, where there are several */
  get(name: string): string | undefined {
    const { raw } = this;
    for (let i = raw.length - 2; i >= 0; i -= 2) {
      const field = raw[i]!;
      if (field.length === name.length && String(field).toLowerCase() === name) return String(raw[i + 1]);
    }
    return undefined;
  }
}
