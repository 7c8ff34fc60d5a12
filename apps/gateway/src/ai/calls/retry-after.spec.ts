import { retryAfterMs } from './retry-after.js';

const NOW = Date.UTC(2026, 10, 29);

describe('Retry-After', () => {
  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': new Date(NOW + 3_000).toUTCString() }, 3_000],
    [{ 'retry-after': new Date(NOW - 3_000).toUTCString() }, 0],
    [{ 'retry-after': '7', 'retry-after-ms': '250' }, 250],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after-ms': 'x' }, undefined],
    [{}, undefined],
  ])('%o is %s ms', (headers, ms) => {
    expect(retryAfterMs(new Map(Object.entries(headers)), NOW)).toBe(ms);
  });
});
