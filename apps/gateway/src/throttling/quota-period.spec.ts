import { periodAt } from './quota-period.js';

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);

describe('periods of the calendar', () => {
  it.each([
    ['UTC', '2026-11-29T23:59:59.999Z', '2026-11-29', 24],
    ['Europe/Berlin', '2026-11-29T23:00:00Z', '2026-11-30', 24],
    ['Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25', 25],
    ['Australia/Lord_Howe', '2026-04-05T00:00:00Z', '2026-04-05', 24.5],
    // Clocks went from 24:00 to 1:00: the day began an hour late.
    ['America/Sao_Paulo', '2018-11-04T12:00:00Z', '2018-11-04', 23],
    ['Asia/Kathmandu', '2026-01-01T18:15:00Z', '2026-01-02', 24],
  ])('a day of %s at %s is %s, %d hours', (zone, now, name, hours) => {
    const day = periodAt(at(now), 'day', zone);
    expect(day.name).toBe(name);
    expect((day.endsAt - day.startsAt) / HOUR).toBe(hours);
    expect(at(now)).toBeGreaterThanOrEqual(day.startsAt);
    expect(at(now)).toBeLessThan(day.endsAt);
  });

  it.each([
    ['UTC', '2028-02-29T12:00:00Z', '2028-02', 29 * 24],
    ['UTC', '2026-12-31T23:59:59Z', '2026-12', 31 * 24],
    ['Europe/Berlin', '2026-03-31T22:30:00Z', '2026-04', 30 * 24],
    ['Europe/Berlin', '2026-03-01T00:00:00Z', '2026-03', 31 * 24 - 1],
    ['Europe/Berlin', '2026-10-15T00:00:00Z', '2026-10', 31 * 24 + 1],
  ])('a month of %s at %s is %s, %d hours', (zone, now, name, hours) => {
    const month = periodAt(at(now), 'month', zone);
    expect(month.name).toBe(name);
    expect((month.endsAt - month.startsAt) / HOUR).toBe(hours);
  });

  it.each([
    ['hour', 'Asia/Kathmandu', '2026-01-01T18:20:30.5Z', '2026-01-01T18:15:00Z', 3_600_000],
    ['hour', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T00:00:00Z', 3_600_000],
    ['hour', 'Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25T01:00:00Z', 3_600_000],
    ['minute', 'UTC', '2026-10-25T01:30:59.999Z', '2026-10-25T01:30:00Z', 60_000],
  ] as const)('a %s of %s at %s begins at %s', (per, zone, now, name, lasts) => {
    const period = periodAt(at(now), per, zone);
    expect(period).toEqual({ name, startsAt: at(name), endsAt: at(name) + lasts });
  });

  it.each(['UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Pacific/Apia'])(
    '%s: periods follow each other without a gap, through three years',
    (zone) => {
      for (const per of ['day', 'month'] as const) {
        let period = periodAt(at('2010-01-01T12:00:00Z'), per, zone);
        while (period.endsAt < at('2013-01-01T00:00:00Z')) {
          const next = periodAt(period.endsAt, per, zone);
          expect(next.startsAt).toBe(period.endsAt);
          expect(next.name > period.name).toBe(true);
          expect(periodAt(period.endsAt - 1, per, zone)).toEqual(period);
          period = next;
        }
      }
    },
  );
});
