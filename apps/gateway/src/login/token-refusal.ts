import { InvalidTokenError } from '@gatehouse/token';
import { errors } from 'jose';

/** What jose found wrong with a JWT of a provider, in plain words; an error of another kind is given back as it is. */
export function refusalOf(error: unknown, kind: 'ID Token' | 'logout token'): unknown {
  if (error instanceof errors.JWTExpired) return new InvalidTokenError(`The ${kind} has expired`);
  if (error instanceof errors.JWTClaimValidationFailed)
    return new InvalidTokenError(`The ${kind} is not for here (${error.claim})`);
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return new InvalidTokenError(`The ${kind} is signed with an unknown key`);
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return new InvalidTokenError(`The signature of the ${kind} is wrong`);
  if (error instanceof errors.JOSEAlgNotAllowed)
    return new InvalidTokenError(`The algorithm of the ${kind} is not the one that is agreed`);
  if (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSENotSupported
  )
    return new InvalidTokenError(`The ${kind} is malformed`);
  return error;
}
