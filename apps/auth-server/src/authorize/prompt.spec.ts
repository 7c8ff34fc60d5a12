import { parsePrompt } from './prompt.js';

describe('parsePrompt (OpenID Connect Core §3.1.2.1)', () => {
  it.each([
    ['', []],
    ['none', ['none']],
    ['login consent', ['login', 'consent']],
    ['consent  consent', ['consent']],
    ['select_account', ['select_account']],
    ['none login', undefined],
    ['Login', undefined],
    ['create', undefined],
  ])('%j is %j', (value, expected) => {
    expect(parsePrompt(value)).toEqual(expected);
  });
});
