/** Whole billionths of a US dollar: money is added up, and binary fractions do not add up. */
export type NanoDollars = number;

const NANOS = 1_000_000_000;

export function nanosOf(dollars: number): NanoDollars {
  return Math.round(dollars * NANOS);
}

/** As dollars, without zeros that say nothing: `0.0012`. */
export function dollarsOf(nanos: NanoDollars): string {
  const whole = Math.floor(nanos / NANOS);
  const fraction = String(nanos % NANOS)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return fraction === '' ? String(whole) : `${whole}.${fraction}`;
}
