import { Temporal } from 'temporal-polyfill';

export type PeriodUnit = 'minute' | 'hour' | 'day' | 'month';

/** A minute, an hour, a day or a month of the calendar. */
export interface Period {
  /** `2026-11-29`, `2026-11`; of hours and minutes when they begin, as `2026-11-29T23:00:00Z`. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startsAt: number;
  readonly endsAt: number;
}

/** The period of a time zone that a moment is in: a day has 23 or 25 hours where the clocks are changed. */
export function periodAt(now: number, per: PeriodUnit, timeZone: string): Period {
  const moment = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone);
  return per === 'day' || per === 'month' ? ofTheCalendar(moment, per) : ofTheClock(moment, per);
}

function ofTheCalendar(moment: Temporal.ZonedDateTime, per: 'day' | 'month'): Period {
  const today = moment.startOfDay();
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

const LASTS_MS = { minute: 60_000, hour: 3_600_000 };

/** Named by the moment: an hour that the clocks are put back by comes twice. */
function ofTheClock(moment: Temporal.ZonedDateTime, per: 'minute' | 'hour'): Period {
  const { minute, second, millisecond } = moment;
  const since = ((per === 'hour' ? minute * 60 : 0) + second) * 1_000 + millisecond;
  const startsAt = moment.epochMilliseconds - since;
  const name = Temporal.Instant.fromEpochMilliseconds(startsAt).toString();
  return { name, startsAt, endsAt: startsAt + LASTS_MS[per] };
}
