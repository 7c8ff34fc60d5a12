import { isSameOrigin } from './same-origin.js';

const GATEWAY = 'https://gateway.example';

function check(headers: Record<string, string>): boolean {
  return isSameOrigin({ headers }, GATEWAY);
}

describe('same origin (CSRF)', () => {
  it.each([
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin', origin: 'null' },
    { origin: 'https://gateway.example' },
  ])('%j is', (headers) => expect(check(headers as Record<string, string>)).toBe(true));

  it.each([
    {},
    { origin: 'null' },
    { origin: 'https://gateway.example:8443' },
    { origin: 'http://gateway.example' },
    { origin: 'https://gateway.example.evil.example' },
    { referer: 'https://gateway.example/' },
    { 'sec-fetch-site': 'same-site', origin: 'https://gateway.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': '' },
  ])('%j is not', (headers) => expect(check(headers as Record<string, string>)).toBe(false));
});
