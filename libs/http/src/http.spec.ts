import { z } from 'zod';
import { readCookie, serializeCookie } from './cookies.js';
import { OAuthError } from './oauth-error.js';
import { readParameters } from './parameters.js';
import { parse, Problem } from './problem.js';

describe('problem details (RFC 9457)', () => {
  const schema = z.strictObject({ name: z.string(), 'a/b~c': z.array(z.int()).optional() });

  it('name each faulty member by a JSON pointer (RFC 6901)', () => {
    expect.assertions(2);
    try {
      parse(schema, { name: 1, 'a/b~c': [1, 'x'], more: true });
    } catch (error) {
      const problem = error as Problem;
      expect(problem.status).toBe(422);
      expect(problem.errors.map((one) => one.pointer)).toEqual(['/name', '/a~1b~0c/1', '']);
    }
  });

  it('have type, title, status and detail', () => {
    expect(JSON.parse(JSON.stringify(new Problem(404, 'There is none.')))).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'There is none.',
    });
  });
});

describe('OAuth errors (RFC 6749 §5.2)', () => {
  it('have error and error_description, and the status that the RFC gives them', () => {
    expect(JSON.parse(JSON.stringify(new OAuthError('invalid_grant', 'The code was used')))).toEqual({
      error: 'invalid_grant',
      error_description: 'The code was used',
    });
    expect(new OAuthError('invalid_grant', '').status).toBe(400);
    expect(new OAuthError('invalid_client', '').status).toBe(401);
  });
});

describe('request parameters (RFC 6749 §3.1)', () => {
  it('without a value count as left out; resource may be repeated (RFC 8707 §2)', () => {
    const { single, resource } = readParameters({ a: '1', b: '', resource: ['x', 'y'] });
    expect({ ...single }).toEqual({ a: '1', b: undefined });
    expect(resource).toEqual(['x', 'y']);
  });

  it.each<object>([
    { code: ['1', '2'] },
    { code: ['1', ''] },
    { __proto__: null, constructor: ['1', '2'] },
    { a: 'x'.repeat(9_000) },
  ])('are refused when repeated or too long', (source) => {
    expect(() => readParameters(source)).toThrow(OAuthError);
  });

  it('named like members of every object are just names', () => {
    expect(readParameters({}).single.constructor).toBeUndefined();
    expect(readParameters(undefined).single.toString).toBeUndefined();
  });
});

describe('cookies (RFC 6265bis)', () => {
  it('on https are Secure and __Host-, always HttpOnly and SameSite', () => {
    expect(serializeCookie('gh_gw_session', 'x', { secure: true }, 60)).toBe(
      '__Host-gh_gw_session=x; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60',
    );
    expect(serializeCookie('gh_gw_session', 'x', { secure: false })).toBe(
      'gh_gw_session=x; Path=/; HttpOnly; SameSite=Lax',
    );
  });

  it('are read by their whole name; a plain one does not stand in for __Host-', () => {
    const header = 'xgh_a=0; gh_a=1; __Host-gh_a=2';
    expect(readCookie(header, 'gh_a', { secure: false })).toBe('1');
    expect(readCookie(header, 'gh_a', { secure: true })).toBe('2');
    expect(readCookie('gh_a=1', 'gh_a', { secure: true })).toBeUndefined();
    expect(readCookie(undefined, 'gh_a', { secure: true })).toBeUndefined();
  });
});
