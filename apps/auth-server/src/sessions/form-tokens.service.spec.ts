import type { Config } from '../config.js';
import { FormTokens } from './form-tokens.service.js';

const tokens = new FormTokens({ secret: 's'.repeat(32) } as Config);

describe('FormTokens', () => {
  it('match for the browser and form they were issued to', () => {
    expect(tokens.matches(tokens.issue('browser', 'id', 'consent'), 'browser', 'id', 'consent')).toBe(true);
  });

  it.each([
    ['another browser', 'other', ['id']],
    ['another form', 'browser', ['id2']],
    ['a part more', 'browser', ['id', '']],
    ['parts cut elsewhere', 'browseri', ['d']],
  ])('do not match for %s', (_case, browser, form) => {
    expect(tokens.matches(tokens.issue('browser', 'id'), browser, ...form)).toBe(false);
  });

  it.each([undefined, '', ['x'], 1, 'x'.repeat(43), 'é'.repeat(43)])(
    'what was sent as %j does not match',
    (sent) => {
      expect(tokens.matches(sent, 'browser', 'id')).toBe(false);
    },
  );

  it('are of no use under another secret', () => {
    const others = new FormTokens({ secret: 't'.repeat(32) } as Config);
    expect(tokens.matches(others.issue('browser', 'id'), 'browser', 'id')).toBe(false);
  });
});
