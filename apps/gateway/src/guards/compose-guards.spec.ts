import { Problem } from '@gatehouse/http';
import type { IncomingCall } from '../calls/incoming-call.js';
import { allOf, anyOf, type CompiledGuard, together } from './compose-guards.js';
import { type Caller, NOBODY, RedirectAnswer } from './route-guard.js';

const call = {} as IncomingCall;

const agrees =
  (caller: Caller): CompiledGuard =>
  () =>
    caller;
const agreesLater =
  (caller: Caller): CompiledGuard =>
  () =>
    Promise.resolve(caller);
const refuses =
  (error: Error): CompiledGuard =>
  () => {
    throw error;
  };
const refusesLater =
  (error: Error): CompiledGuard =>
  () =>
    Promise.reject(error);

function challenge(scheme: string, detail = scheme): Problem {
  return new Problem(401, detail, { headers: { 'www-authenticate': `${scheme} realm="r"` } });
}

async function refusalOf(guard: CompiledGuard): Promise<unknown> {
  try {
    await guard(call, NOBODY);
  } catch (error) {
    return error;
  }
  throw new Error('it agreed');
}

describe('all_of', () => {
  it('makes no promise where no guard does', () => {
    const guard = allOf([agrees({ subject: 'a' }), agrees({ consumer: 'c' })]);
    expect(guard(call, NOBODY)).toEqual({ subject: 'a', consumer: 'c' });
  });

  it('waits where one does, and goes on with the next', async () => {
    const seen: Caller[] = [];
    const last: CompiledGuard = (_call, soFar) => {
      seen.push(soFar);
      return { name: 'n' };
    };
    const guard = allOf([agrees({ subject: 'a' }), agreesLater({ consumer: 'c' }), last]);
    expect(await guard(call, NOBODY)).toEqual({ subject: 'a', consumer: 'c', name: 'n' });
    expect(seen).toEqual([{ subject: 'a', consumer: 'c' }]);
  });

  it('is refused by the first that refuses; the others are not asked', async () => {
    let asked = false;
    const never: CompiledGuard = () => {
      asked = true;
      return {};
    };
    expect(await refusalOf(allOf([refusesLater(challenge('A')), never]))).toMatchObject({ detail: 'A' });
    expect(asked).toBe(false);
  });
});

describe('any_of', () => {
  it('takes the first that agrees, and makes no promise for it', () => {
    const guard = anyOf([refuses(challenge('A')), agrees({ subject: 'b' }), agrees({ subject: 'c' })]);
    expect(guard(call, NOBODY)).toEqual({ subject: 'b' });
  });

  it('goes on when one refuses late', async () => {
    const guard = anyOf([refusesLater(challenge('A')), agreesLater({ subject: 'b' })]);
    expect(await guard(call, NOBODY)).toEqual({ subject: 'b' });
  });

  it('RFC 9110 §11.6.1: tells all ways to come with credentials, each in a field of its own', async () => {
    const refusal = await refusalOf(anyOf([refuses(challenge('A')), refusesLater(challenge('B'))]));
    expect(refusal).toMatchObject({
      status: 401,
      detail: 'A B',
      headers: { 'www-authenticate': ['A realm="r"', 'B realm="r"'] },
    });
  });

  it('is 401 where other credentials may do, even when some were good and not enough', async () => {
    const refusal = await refusalOf(anyOf([refuses(new Problem(403, 'No.')), refuses(challenge('B'))]));
    expect(refusal).toMatchObject({ status: 401, detail: 'No. B' });
  });

  it('is 403 where no way asks for credentials', async () => {
    const guard = anyOf([refuses(new Problem(403, 'No.')), refuses(new Problem(403, 'Nor here.'))]);
    expect(await refusalOf(guard)).toMatchObject({ status: 403, detail: 'No. Nor here.' });
  });

  it('sends a browser to sign in where that is one of the ways', async () => {
    const redirect = new RedirectAnswer('https://sign.in');
    expect(await refusalOf(anyOf([refuses(challenge('A')), refuses(redirect)]))).toBe(redirect);
  });

  it.each([
    ['an outage', new Problem(503, 'Away.')],
    ['a failure of ours', new TypeError('x is undefined')],
    ['too many guesses', new Problem(429, 'Too many.')],
  ])('tells %s rather than that credentials are missing', async (_name, failure) => {
    expect(await refusalOf(anyOf([refuses(challenge('A')), refusesLater(failure)]))).toBe(failure);
    expect(await refusalOf(anyOf([refuses(failure), refuses(challenge('A'))]))).toBe(failure);
  });
});

describe('what guards found out together', () => {
  it('of scopes and models are those that both know', () => {
    expect(together({ scopes: ['a', 'b'] }, { scopes: ['b', 'c'] })).toEqual({ scopes: ['b'] });
    expect(together({ scopes: ['a'] }, { subject: 's' })).toEqual({ scopes: ['a'], subject: 's' });
    expect(together({ models: ['a', 'b'] }, { models: ['c', 'a'] })).toEqual({ models: ['a'] });
    expect(together({ models: ['a'] }, { scopes: ['s'] })).toEqual({ models: ['a'], scopes: ['s'] });
  });

  it.each([
    [{ subject: 'ada' }, { subject: 'bob' }],
    [
      { subject: 'ada', issuer: 'gatehouse' },
      { subject: 'ada', issuer: 'login:staff' },
    ],
    [{ issuer: 'gatehouse' }, { subject: 'ada', issuer: 'partner' }],
  ])('cannot be two people: %j and %j', (one, other) => {
    expect(() => together(one, other)).toThrow('different people');
    expect(() => together(other, one)).toThrow('different people');
    expect(together(one, one)).toEqual(one);
  });

  it('cannot be two consumers', () => {
    expect(() => together({ consumer: 'a' }, { consumer: 'b' })).toThrow('different consumers');
    expect(together({ consumer: 'a' }, { consumer: 'a' })).toEqual({ consumer: 'a' });
  });
});
