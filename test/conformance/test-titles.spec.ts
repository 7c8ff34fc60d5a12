import { hasTest } from './linked-tests.js';
import { testTitles } from './test-titles.js';

const titles = (text: string) => testTitles('some.spec.ts', text);
const has = (text: string, name: string) => titles(text).some((title) => title.test(name));

describe('the titles of a test file', () => {
  const plain = `describe('a', () => { describe("b (c)", () => { it('does d', async () => {}); }); });`;

  it('are those of the blocks around a test and its own', () => {
    expect(has(plain, 'a b (c) does d')).toBe(true);
  });

  it.each(['a does d', 'a b (c) does d again', 'a b c does d', 'does d', 'a b (c)'])('are not %j', (name) => {
    expect(has(plain, name)).toBe(false);
  });

  it('of each have anything for a placeholder', () => {
    expect(has(`it.each([['x']])('%s is 100%% so', () => {});`, 'this is 100% so')).toBe(true);
    expect(has(`it.each([{ a: 1 }])('$a.b is so', () => {});`, '17 is so')).toBe(true);
    expect(has(`describe.each(list)('in %s', () => { it('x', f); });`, 'in Redis x')).toBe(true);
    expect(has(`it.each([['x']])('%s is so', () => {});`, 'this is not')).toBe(false);
  });

  it('without each have no placeholders', () => {
    expect(has(`it('%s is so', () => {});`, 'this is so')).toBe(false);
  });

  it('of templates and sums have anything for what only the run knows', () => {
    expect(has('for (const a of b) it(`${a} is so`, () => {});', 'this is so')).toBe(true);
    expect(has(`it('one ' + 'line', () => {});`, 'one line')).toBe(true);
  });

  it('are not those of other calls', () => {
    expect(titles(`expect('a', () => {}); object.it('b', () => {});`)).toEqual([]);
  });
});

describe('a file that leaves it to others to declare its tests', () => {
  const isThere = hasTest(process.cwd(), 'test/conformance/openid/basic.spec.ts');

  it('has those whose first and last words it and its imports hold', () => {
    expect(isThere('oidcc-basic-certification-test-plan [x] oidcc-server')).toBe(true);
  });

  it.each(['oidcc-basic-certification-test-plan [x] oidcc-nothing', 'no-plan [x] oidcc-server'])(
    'has no %j',
    (name) => expect(isThere(name)).toBe(false),
  );

  it('and one that is not there has none', () => {
    expect(hasTest(process.cwd(), 'test/gone.spec.ts')('a b')).toBe(false);
  });
});
