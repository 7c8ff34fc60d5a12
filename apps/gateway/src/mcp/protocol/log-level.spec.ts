import { isWanted } from './log-level.js';

describe('what of a log is wanted (MCP, Log Levels; RFC 5424 §6.2.1)', () => {
  it.each([
    ['debug', 'debug', true],
    ['debug', 'info', false],
    ['emergency', 'alert', true],
    ['notice', 'warning', false],
    ['debug', 'unsaid', true],
    ['emergency', 'nothing', false],
    ['loud', 'debug', false],
    [undefined, 'debug', false],
  ] as const)('%s for who wants %s: %p', (level, wanted, expected) => {
    expect(isWanted(level, wanted)).toBe(expected);
  });
});
