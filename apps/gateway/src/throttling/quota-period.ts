import { Temporal } from 'temporal-polyfill';

/** A day or a month of the calendar. */
export interface Period {
  /** `2026-11-29`, `2026-11`. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startsAt: number;
  readonly endsAt: number;
}

/** The day or month of a time zone that a moment is in: 23 or 25 hours long where the clocks are changed. */
export function periodAt(now: number, per: 'day' | 'month', timeZone: string): Period {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).startOfDay();
  // Midnight is skipped on some days of some zones: the day begins later then.
  const start = per === 'day' ? today : today.with({ day: 1 }).startOfDay();
  const end = start.add(per === 'day' ? { days: 1 } : { months: 1 }).startOfDay();
  const date = start.toPlainDate();
  return {
    name: per === 'day' ? date.toString() : date.toPlainYearMonth().toString(),
    startsAt: start.epochMilliseconds,
    endsAt: end.epochMilliseconds,
  };
}
