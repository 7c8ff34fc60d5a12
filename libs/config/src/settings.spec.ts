import { z } from 'zod';
import { baseUrl, flag, list, optionalText, port, wholeNumber } from './checks.js';
import { readSettings, setting, SettingsError } from './settings.js';

const settings = {
  port: setting('GATEHOUSE_AUTH_PORT', 'the port', port, { default: '4000' }),
  secret: setting('GATEHOUSE_SECRET', 'key material', z.string().min(32, 'must have 32 characters'), {
    secret: true,
  }),
  demo: setting('GATEHOUSE_DEMO', 'seeds the demo', flag, { default: 'false' }),
  file: setting('GATEHOUSE_DEMO_FILE', 'a file', optionalText),
};
const secret = 's'.repeat(32);

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(settings, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('are read with their types and defaults; an empty variable counts as not set', () => {
    expect(
      readSettings(settings, { GATEHOUSE_SECRET: secret, GATEHOUSE_AUTH_PORT: '', PATH: '/bin' }),
    ).toEqual({
      port: 4000,
      secret,
      demo: false,
      file: undefined,
    });
  });

  it('say all that is wrong at once, naming setting, reason and value', () => {
    expect(faultsOf({ GATEHOUSE_AUTH_PORT: '70000', GATEHOUSE_DEMO: 'yes' })).toEqual([
      'GATEHOUSE_AUTH_PORT is wrong: must be from 0 to 65535 (it is "70000")',
      'GATEHOUSE_SECRET is not set: key material',
      'GATEHOUSE_DEMO is wrong: must be true or false (it is "yes")',
    ]);
  });

  it('never show a secret', () => {
    expect(faultsOf({ GATEHOUSE_SECRET: 'too-short' })).toEqual([
      'GATEHOUSE_SECRET is wrong: must have 32 characters',
    ]);
  });

  it('a GATEHOUSE_* name that nothing reads is an error, with the nearest that exists', () => {
    expect(
      faultsOf({ GATEHOUSE_SECRET: secret, GATEHOUSE_ISUER: 'x', GATEHOUSE_NONSENSE_HERE: 'x' }),
    ).toEqual([
      'GATEHOUSE_ISUER is not a setting of Gatehouse; did you mean GATEHOUSE_ISSUER?',
      'GATEHOUSE_NONSENSE_HERE is not a setting of Gatehouse',
    ]);
  });
});

describe('checks', () => {
  it.each(['http://localhost:4000', 'https://id.example.com/tenant'])('an address: %s', (value) => {
    expect(baseUrl.parse(`${value}/`)).toBe(value);
  });

  it.each(['localhost:4000', 'ftp://x', 'https://x/?q', 'https://x/#f', 'https://user@x', ''])(
    'no address: %j',
    (value) => {
      expect(baseUrl.safeParse(value).success).toBe(false);
    },
  );

  it.each(['1.5', '-1', '1e3', ' 1', '0x10', ''])('no whole number: %j', (value) => {
    expect(wholeNumber(0, 10_000).safeParse(value).success).toBe(false);
  });

  it('a list by commas or spaces', () => {
    expect(list.parse('10.0.0.0/8, 127.0.0.1\n::1')).toEqual(['10.0.0.0/8', '127.0.0.1', '::1']);
    expect(list.parse('')).toEqual([]);
  });
});
