import { SecretsGuardrail } from './secrets.guardrail.js';

const said = (text: string, settings = {}) =>
  new SecretsGuardrail()
    .make(settings)
    .find(text)
    .map(({ start, end, label }) => [label, text.slice(start, end)]);

/** Not written out, so that whoever looks for keys in this repository finds none. */
const key = (...pieces: string[]) => pieces.join('');

const PEM = [
  key('-----BEGIN RSA PRIV', 'ATE KEY-----'),
  'MIIEpAIBAAKCAQEA',
  key('-----END RSA PRIV', 'ATE KEY-----'),
].join('\n');

describe('secrets', () => {
  it.each([
    ['SECRET', key('AKIA', 'IOSFODNN7EXAMPLE')],
    ['SECRET', key('ghp', '_', 'a1'.repeat(18))],
    ['SECRET', key('sk-', 'proj-', 'Ab1_'.repeat(10))],
    ['SECRET', key('sk-', 'ant-api03-', 'Ab1_'.repeat(10))],
    ['SECRET', key('xoxb', '-1234567890-abcdefghij')],
    ['SECRET', key('AIza', 'Sy'.repeat(17), 'x')],
    ['SECRET', key('sk_', 'live_', 'a1'.repeat(12))],
    ['TOKEN', key('eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiIxMjM0NTY3ODkwIn0', '.abcdefghijk')],
    ['PRIVATE_KEY', PEM],
    ['PRIVATE_KEY', PEM.replaceAll('\n', '\\n')],
  ])('%s: %s', (label, text) => expect(said(`"${text}" it is`)).toEqual([[label, text]]));

  it('in addresses are the passwords', () => {
    expect(said('postgres://app:hunter2@db/x and https://example.org:8080/a@b')).toEqual([
      ['PASSWORD', 'hunter2'],
    ]);
  });

  it('by chance are found only where it is wanted', () => {
    const text = 'use q9Zt4Lk2Vx8Wm1Rb7Ny3Hc6P';
    expect(said(text)).toEqual([]);
    expect(said(text, { entropy: { min_length: 24, min_bits: 4 } })).toEqual([['SECRET', text.slice(4)]]);
    const plain = 'internationalization/of-user-interfaces-2024';
    expect(said(plain, { entropy: { min_length: 24, min_bits: 4 } })).toEqual([]);
  });

  it.each([
    ['beginnings of keys', key('-----BEGIN PRIV', 'ATE KEY-----').repeat(10_000)],
    ['tokens', 'eyJ'.repeat(100_000)],
    ['words', 'sk-'.repeat(100_000)],
    ['colons', 'a://:'.repeat(60_000)],
  ])('are looked for in linear time: %s', (_, text) => {
    const started = performance.now();
    said(text, { entropy: { min_length: 24, min_bits: 4 } });
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
