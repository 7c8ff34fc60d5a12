import { createHash } from 'node:crypto';

/**
 * `at_hash`, `c_hash` and `s_hash` (OpenID Connect Core §3.3.2.11): the left half of a hash, by the algorithm that the
 * ID Token is signed with. Ed25519 hashes with SHA-512.
 */
export function leftHalfHash(alg: string, value: string): string {
  const digest = createHash(hashOfAlgorithm(alg)).update(value, 'ascii').digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

function hashOfAlgorithm(alg: string): string {
  if (alg === 'EdDSA' || alg.endsWith('512')) return 'sha512';
  return alg.endsWith('384') ? 'sha384' : 'sha256';
}
