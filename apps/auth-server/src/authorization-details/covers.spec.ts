import { covers } from './covers.js';
import { linesOf } from './detail-lines.js';
import { compileSchema } from './json-schema.js';

const granted = { type: 'files', actions: ['read', 'write'], path: { root: '/a' } };

describe('covers', () => {
  it.each([
    ['the same', granted, true],
    ['members in another order', { path: { root: '/a' }, actions: ['write', 'read'], type: 'files' }, true],
    ['fewer actions', { ...granted, actions: ['read'] }, true],
    ['another action', { ...granted, actions: ['read', 'delete'] }, false],
    ['an empty list, which could mean any', { ...granted, actions: [] }, false],
    ['text in place of a list', { ...granted, actions: 'read' }, false],
    ['a member left out, which could mean any', { type: 'files', actions: ['read'] }, false],
    ['a member added', { ...granted, more: 1 }, false],
    ['another value within', { ...granted, path: { root: '/' } }, false],
    ['another type', { ...granted, type: 'mail' }, false],
  ])('RFC 9396 §6: %s', (_case, asked, expected) => {
    expect(covers(granted, asked)).toBe(expected);
  });
});

describe('linesOf', () => {
  it('abridges nothing', () => {
    expect(linesOf({ a: 1, b: { c: ['x', 'y'], d: null }, e: [{ f: true }, { f: false }] })).toEqual([
      'a: 1',
      'b, c: x, y',
      'b, d: null',
      'e 1, f: true',
      'e 2, f: false',
    ]);
  });
});

describe('compileSchema', () => {
  const schema = compileSchema('files', { properties: { path: { type: 'string' } }, required: ['path'] });

  it.each([
    ['what it names', { type: 'files', path: '/' }, true],
    ['another type', { type: 'mail', path: '/' }, false],
    ['no type', { path: '/' }, false],
    ['an unknown member', { type: 'files', path: '/', more: 1 }, false],
    ['a missing member', { type: 'files' }, false],
  ])('RFC 9396 §5: %s', (_case, detail, expected) => {
    expect(schema.safeParse(detail).success).toBe(expected);
  });

  it('lets in what it does not name where it says so', () => {
    const open = compileSchema('files', { additionalProperties: true });
    expect(open.safeParse({ type: 'files', more: 1 }).success).toBe(true);
  });
});
