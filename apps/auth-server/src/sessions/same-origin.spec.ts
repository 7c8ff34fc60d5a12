import { isSameOrigin } from './same-origin.js';

describe('isSameOrigin', () => {
  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, true],
    // Reloading a page that was posted.
    [{ 'sec-fetch-site': 'none' }, true],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://id.example' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ origin: 'https://id.example' }, true],
    [{ origin: 'https://id.example.evil.example' }, false],
    [{ origin: 'null' }, false],
    [{}, true],
  ])('%j: %s', (headers, expected) => {
    expect(isSameOrigin({ headers } as never, 'https://id.example')).toBe(expected);
  });
});
