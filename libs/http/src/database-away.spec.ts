import { isDatabaseAway } from './database-away.js';

describe('isDatabaseAway', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03', '08006', '53300'])('yes: code %s', (code) => {
    expect(isDatabaseAway(Object.assign(new Error('x'), { code }))).toBe(true);
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
  ])('yes: %s', (message) => {
    expect(isDatabaseAway(new Error(message))).toBe(true);
  });

  it('yes: none of several addresses', () => {
    const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    expect(isDatabaseAway(new AggregateError([refused]))).toBe(true);
  });

  it.each(['23505', '42P01', '22021', 'ERR_INVALID_ARG_TYPE'])('no: code %s', (code) => {
    expect(isDatabaseAway(Object.assign(new Error('Connection terminated'), { code }))).toBe(false);
  });

  it('no: what is no error, or another one', () => {
    expect([undefined, null, 'ECONNREFUSED', new Error('a fault')].some(isDatabaseAway)).toBe(false);
  });
});
