/** What a counter keeps. */
export interface Counted {
  /** What is used, with what is reserved. */
  readonly sum: number;
  /** What of it is reserved for calls that are not settled. */
  readonly reserved: number;
  /** The highest level that was told of. */
  readonly told: number;
}

/** The sum, of it what is reserved, and the highest level that was told of, if any: `12/4!10`. */
const TEXT = /^(\d+)\/(\d+)!(\d+)$/;
/** The same in Lua. */
export const COUNTER_PATTERN = '^(%d+)/(%d+)!(%d+)$';

/** Nothing, where there is none. */
export function readCounter(text: string | undefined): Counted | undefined {
  const found = TEXT.exec(text ?? '');
  if (!found) return undefined;
  const [sum, reserved, told] = found.slice(1).map(Number) as [number, number, number];
  return { sum, reserved, told };
}

export function writeCounter({ sum, reserved, told }: Counted): string {
  return `${sum}/${reserved}!${told}`;
}
