import { oneSpelling } from './field-names.js';

/** Header fields in the order they are sent: names in lower case and values, in turn. */
export class HeaderList {
  constructor(readonly pairs: string[] = []) {}

  /** The first value of a field. */
  get(name: string): string | undefined {
    const { pairs } = this;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return pairs[i + 1];
    return undefined;
  }

  /** Every value of a field, in order. */
  all(name: string): string[] {
    const values: string[] = [];
    const { pairs } = this;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) values.push(pairs[i + 1]!);
    return values;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** One field of this name, whatever was there before. */
  set(name: string, value: string): void {
    this.delete(name);
    this.pairs.push(name, value);
  }

  /** A field more of this name. */
  append(name: string, value: string): void {
    this.pairs.push(name, value);
  }

  delete(name: string): void {
    const { pairs } = this;
    let kept = 0;
    for (let i = 0; i < pairs.length; i += 2) {
      if (pairs[i] === name) continue;
      pairs[kept] = pairs[i]!;
      pairs[kept + 1] = pairs[i + 1]!;
      kept += 2;
    }
    pairs.length = kept;
  }

  /** One field with this value, the last of those that are equal. */
  deleteOne(name: string, value: string): void {
    const { pairs } = this;
    for (let i = pairs.length - 2; i >= 0; i -= 2) {
      if (pairs[i] === name && pairs[i + 1] === value) return void pairs.splice(i, 2);
    }
  }

  /** The field in whatever spelling: `X_User` beside our `x-user` is the same to an application behind CGI or its heirs. */
  deleteSpellings(name: string): void {
    const spelling = oneSpelling(name);
    const { pairs } = this;
    for (let i = pairs.length - 2; i >= 0; i -= 2) {
      const other = pairs[i]!;
      if (other.length === name.length && oneSpelling(other) === spelling) pairs.splice(i, 2);
    }
  }
}
