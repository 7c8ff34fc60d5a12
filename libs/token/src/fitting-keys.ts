import { errors, type JWTVerifyGetKey } from 'jose';

/**
 * Verifies with each key of a set that a JWT could be signed with: one without `kid` does not say which (RFC 7515 §4.1.4).
 * @throws what the last attempt threw
 */
export async function withFittingKeys<T>(
  keys: JWTVerifyGetKey,
  attempt: (key: JWTVerifyGetKey) => Promise<T>,
): Promise<T> {
  try {
    return await attempt(keys);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return withEach(error, attempt);
  }
}

async function withEach<T>(
  matching: errors.JWKSMultipleMatchingKeys,
  attempt: (key: JWTVerifyGetKey) => Promise<T>,
): Promise<T> {
  for await (const key of matching) {
    try {
      return await attempt(() => key);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}
