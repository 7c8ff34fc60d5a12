import { readFileSync } from 'node:fs';

const base = JSON.parse(readFileSync(new URL('./jest.config.json', import.meta.url), 'utf8'));

/** What needs Chromium, or a package that the test installs: `npm run test:system`. */
export default {
  ...base,
  testRegex: '/test/(system|interop/browser)/.*\\.spec\\.ts$',
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/'],
};
