import { PiiGuardrail } from './pii.guardrail.js';
import { ENTITIES } from './detectors.js';

const all = new PiiGuardrail().make({ entities: [...ENTITIES] });
const said = (text: string) => all.find(text).map(({ start, end, label }) => [label, text.slice(start, end)]);

describe('personal data', () => {
  it.each([
    ['EMAIL', 'anna.smith+news@mail.example.co.uk'],
    ['EMAIL', 'jürgen@münchen.example'],
    ['IBAN', 'DE89 3704 0044 0532 0130 00'],
    ['IBAN', 'GB82WEST12345698765432'],
    ['IBAN', 'fr14 2004 1010 0505 0001 3M02 606'],
    ['CARD', '4111 1111 1111 1111'],
    ['CARD', '378282246310005'],
    ['CARD', '5555-5555-5555-4444'],
    ['CARD', '30569309025904'],
    ['IP', '192.168.17.43'],
    ['IP', '2001:db8::8a2e:370:7334'],
    ['PHONE', '+49 30 901820'],
    ['PHONE', '+1 (555) 010-4477'],
    ['PHONE', '0041 44 668 18 00'],
    ['PHONE', '(202) 555-0143'],
    ['PHONE', '202-555-0143'],
    ['PHONE', '030 / 123 4567'],
    ['ID', '536-90-4399'],
    ['ID', 'AB 12 34 56 C'],
    ['ID', '86 095 742 719'],
    ['ID', '2 55 08 14 168 025 38'],
    ['ID', '12345678Z'],
    ['ID', 'X1234567L'],
    ['ID', 'RSSMRA85T10A562S'],
    ['ID', '44051401359'],
    ['ID', '529.982.247-25'],
    ['ID', '756.9217.0769.85'],
    ['ID', '811228-9874'],
    ['ID', '2341 2341 2346'],
  ])('%s: %s', (label, text) => {
    expect(said(`so ${text}, he said`)).toEqual([[label, text]]);
    expect(said(text)).toEqual([[label, text]]);
  });

  it.each([
    'an @ sign, and user@localhost',
    'DE89 3704 0044 0532 0130 01',
    '4111 1111 1111 1112',
    'version 1.2.3.4.5, section 300.1.1.1',
    'std::vector and a::b',
    '12:30:45',
    'in 2024-05-17 or 17.05.2024',
    'order 1234567890123',
    '000-12-3456',
    '12345678A',
    'pi is 3.14159265358979',
    '',
  ])('is not in: %s', (text) => expect(said(text)).toEqual([]));

  it('of some kinds is found where these alone are looked for', () => {
    const emails = new PiiGuardrail().make({ entities: ['email'] });
    expect(emails.find('a@example.org from 10.1.2.3')).toEqual([{ start: 0, end: 13, label: 'EMAIL' }]);
  });

  it.each([
    ['words', 'a'.repeat(300_000)],
    ['signs of a local part', `${'a.'.repeat(150_000)}@`],
    ['addresses', 'a@a.aa '.repeat(40_000)],
    ['broken addresses', '@a-.'.repeat(75_000)],
    ['digits', '1'.repeat(300_000)],
    ['groups of digits', '4 '.repeat(150_000)],
    ['colons', ':'.repeat(300_000)],
    ['dots', '1.'.repeat(150_000)],
    ['pluses', '+1 '.repeat(100_000)],
    ['beginnings of IBANs', 'DE89 '.repeat(60_000)],
  ])('is looked for in linear time: %s', (_, text) => {
    const started = performance.now();
    all.find(text);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
