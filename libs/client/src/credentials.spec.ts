import { OAuthError } from '@gatehouse/http';
import { readClientCredentials } from './credentials.js';

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as OAuthError).code;
  }
  return 'none';
}

describe('client credentials (RFC 6749 §2.3)', () => {
  it('§2.3.1: of the header, form-urlencoded', () => {
    expect(readClientCredentials(basic('app:s%3Acret+x%2B'), {})).toEqual({
      method: 'client_secret_basic',
      clientId: 'app',
      secret: 's:cret x+',
    });
    expect(readClientCredentials(basic('app:a:b'), {})).toMatchObject({ secret: 'a:b' });
    expect(readClientCredentials(basic('app:'), {})).toMatchObject({ secret: '' });
    expect(readClientCredentials(basic('app:x').replace('Basic', 'bAsIc'), {})).toMatchObject({
      clientId: 'app',
    });
  });

  it('§2.3.1: of the body', () => {
    const body = { client_id: 'app', client_secret: 'x' };
    expect(readClientCredentials(undefined, body)).toEqual({
      method: 'client_secret_post',
      clientId: 'app',
      secret: 'x',
    });
    expect(readClientCredentials(undefined, { client_id: 'app' })).toEqual({
      method: 'none',
      clientId: 'app',
    });
  });

  it('§2.3: two methods are invalid_request', () => {
    expect(codeOf(() => readClientCredentials(basic('app:x'), { client_secret: 'x' }))).toBe(
      'invalid_request',
    );
    expect(codeOf(() => readClientCredentials(basic('app:x'), { client_id: 'other' }))).toBe(
      'invalid_request',
    );
    expect(readClientCredentials(basic('app:x'), { client_id: 'app' })).toMatchObject({
      method: 'client_secret_basic',
    });
  });

  it.each([
    undefined,
    'Bearer x',
    'Basic',
    'Basic ',
    'Basic !!!',
    basic('no colon'),
    basic(':no id'),
    basic('a%zz:x'),
    basic('a:%'),
    `${basic('a:b')} ${basic('a:b')}`,
    'Basic YTpi, Basic YTpi',
  ])('§5.2: %j is invalid_client', (header) => {
    expect(codeOf(() => readClientCredentials(header, {}))).toBe('invalid_client');
  });
});
