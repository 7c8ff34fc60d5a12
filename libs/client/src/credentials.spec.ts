import { OAuthError } from '@gatehouse/http';
import { readBasicCredentials } from './credentials.js';

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
    expect(readBasicCredentials(basic('app:s%3Acret+x%2B'))).toEqual({
      clientId: 'app',
      secret: 's:cret x+',
    });
    expect(readBasicCredentials(basic('app:a:b'))).toMatchObject({ secret: 'a:b' });
    expect(readBasicCredentials(basic('app:'))).toMatchObject({ secret: '' });
    expect(readBasicCredentials(basic('app:x').replace('Basic', 'bAsIc'))).toMatchObject({
      clientId: 'app',
    });
  });

  it.each([undefined, '', 'Bearer x', 'BasicX'])('%j is not HTTP Basic', (header) => {
    expect(readBasicCredentials(header)).toBeUndefined();
  });

  it.each([
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
    expect(codeOf(() => readBasicCredentials(header))).toBe('invalid_client');
  });
});
