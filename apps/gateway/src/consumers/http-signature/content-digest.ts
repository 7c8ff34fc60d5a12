import { createHash, timingSafeEqual } from 'node:crypto';
import { Problem } from '@gatehouse/http';
import { parseDictionary } from 'structured-headers';
import type { BodyCheck } from '../../calls/body-check.js';

/** RFC 9530 §5: the algorithms that are not broken, and Node's names for them. */
const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
]);

/**
 * Compares a body with its Content-Digest (RFC 9530 §2).
 * @throws Problem 400 when the field has no digest that can be compared
 */
export function contentDigestCheck(field: string): BodyCheck {
  const expected = digestsOf(field);
  if (expected.length === 0) throw new Problem(400, 'Content-Digest has no sha-256 and no sha-512.');
  const hashes = expected.map(([algorithm, digest]) => ({ hash: createHash(algorithm), digest }));
  return {
    update(chunk) {
      for (const { hash } of hashes) hash.update(chunk);
    },
    end() {
      // Each of them: a digest that nobody compares says nothing.
      const same = hashes.map(({ hash, digest }) => equal(hash.digest(), digest));
      if (same.includes(false)) throw new Problem(400, 'The body is not the one of Content-Digest.');
    },
  };
}

function digestsOf(field: string): [string, Buffer][] {
  const found: [string, Buffer][] = [];
  for (const [name, [value]] of parsed(field)) {
    const algorithm = ALGORITHMS.get(name);
    if (algorithm && value instanceof ArrayBuffer) found.push([algorithm, Buffer.from(value)]);
  }
  return found;
}

function parsed(field: string): ReturnType<typeof parseDictionary> {
  try {
    return parseDictionary(field);
  } catch {
    throw new Problem(400, 'Content-Digest cannot be read (RFC 9530 §2).');
  }
}

function equal(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
