import { isIP } from 'node:net';
import { z } from 'zod';

/** A whole number within limits, written in decimal. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);
}

/** A TCP port; 0 lets the system choose one. */
export const port = wholeNumber(0, 65535);

/** `true` or `false`. */
export const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');

/** An http(s) URL without query or fragment, kept without a trailing slash: issuers and audiences compare as strings. */
export const baseUrl = z
  .string()
  .refine((value) => {
    if (!URL.canParse(value)) return false;
    const url = new URL(value);
    const plain = !url.search && !url.hash && !url.username && !url.password;
    return (url.protocol === 'http:' || url.protocol === 'https:') && plain;
  }, 'must be an http(s) URL without query, fragment or user name')
  .transform((value) => value.replace(/\/+$/, ''));

/** Anything, or nothing. */
export const optionalText = z.string().optional();

/** Members separated by commas or white space. */
export const list = z.string().transform((value) => value.split(/[\s,]+/).filter(Boolean));

/** Addresses or ranges (CIDR), separated as in `list`. */
export const addresses = list.refine(
  (values) => values.every(isAddressRange),
  'must be IP addresses or ranges such as 10.0.0.0/8',
);

function isAddressRange(value: string): boolean {
  const [address, bits, ...rest] = value.split('/');
  const family = isIP(address!);
  if (family === 0 || rest.length > 0) return false;
  return (
    bits === undefined ||
    (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= (family === 4 ? 32 : 128))
  );
}

/** Name servers: addresses, each with a port where it is not 53. */
export const nameServers = list.refine(
  (values) =>
    values.every((value) => /^(?:[\d.]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(value) || isIP(value) > 0),
  'must be addresses such as 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:5353',
);

/** The name of an HTTP header field (RFC 9110 §5.1), in lower case. */
export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header')
  .transform((value) => value.toLowerCase());
