/** Types that have several ways to be written (RFC 4514 §3, and OpenSSL's names). */
const ALIASES: Readonly<Record<string, string>> = {
  E: 'EMAILADDRESS',
  EMAIL: 'EMAILADDRESS',
  '1.2.840.113549.1.9.1': 'EMAILADDRESS',
  S: 'ST',
  '2.5.4.3': 'CN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.97': 'ORGANIZATIONIDENTIFIER',
  '0.9.2342.19200300.100.1.1': 'UID',
  USERID: 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
};

/**
 * Whether a certificate's subject, as Node writes it (one relative name a line, in the order of the certificate), is
 * the name of RFC 4514 (by comma, last first).
 */
export function equalNames(subject: string, dn: string): boolean {
  const expected = nameOf(dn);
  return expected !== undefined && expected === subjectName(subject);
}

/** A name of RFC 4514 in a form of which two names are equal or not; undefined when it is none. */
export function nameOf(dn: string): string | undefined {
  return joined(split(dn, ',')?.map(relativeName));
}

/** The same of a certificate's subject, as Node writes it. */
export function subjectName(subject: string): string | undefined {
  return joined(subject.split('\n').map(relativeName).reverse());
}

function joined(names: (string | undefined)[] | undefined): string | undefined {
  return names === undefined || names.includes(undefined) ? undefined : names.join(';');
}

/** A relative name in one form: types in upper case, values unescaped, compared without case (RFC 4517 §4.2.11). */
function relativeName(text: string): string | undefined {
  const parts = split(text, '+')?.map((part) => {
    const equals = part.indexOf('=');
    const type = part.slice(0, equals).trim().toUpperCase();
    const value = unescape(part.slice(equals + 1));
    return equals < 1 || value === undefined ? undefined : JSON.stringify([ALIASES[type] ?? type, value]);
  });
  return parts === undefined || parts.includes(undefined) ? undefined : parts.sort().join();
}

/** Splits where the separator is not escaped; undefined when a backslash stands at the end. */
function split(text: string, separator: string): string[] | undefined {
  const parts = [''];
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === separator) parts.push('');
    else if (character === '\\') {
      if (++i >= text.length) return undefined;
      parts.push(parts.pop()! + character + text[i]!);
    } else parts.push(parts.pop()! + character);
  }
  return parts;
}

/** RFC 4514 §2.4: a backslash before a special character, or before two hexadecimal digits of a byte of UTF-8. */
function unescape(value: string): string | undefined {
  const bytes: Buffer[] = [];
  // Spaces around a value are no part of it, unless they are escaped.
  const bare = value.replace(/^ +| +$/g, '');
  const trimmed = /(?:^|[^\\])(?:\\\\)*\\$/.test(bare) ? `${bare} ` : bare;
  for (const [, hex, escaped, plain] of trimmed.matchAll(/\\([0-9A-Fa-f]{2})|\\(.)|([^\\]+)/gsu)) {
    bytes.push(hex === undefined ? Buffer.from(escaped ?? plain!) : Buffer.from(hex, 'hex'));
  }
  const text = Buffer.concat(bytes).toString('utf8');
  return text.includes('\uFFFD') ? undefined : text.normalize('NFKC').replace(/ +/g, ' ').toLowerCase();
}
