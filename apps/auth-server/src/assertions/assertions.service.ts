import { Store } from '@gatehouse/store';
import { hashOf, InvalidTokenError, readUnverifiedJwt } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { type AssertionKeys, KeyFinder } from './key-finder.service.js';

/** Clocks differ: by this much a time may lie in the future, or have passed (FAPI 2.0 §5.3.2.1). */
const CLOCK_TOLERANCE_S = 10;
/** RFC 7523 §3 (4): an expiry unreasonably far off is refused. */
const MAX_LIFETIME_S = 3_600;
const MAX_JTI = 500;

/** What an assertion must be to be accepted. */
export interface ExpectedAssertion {
  readonly issuer: string;
  /** Any when absent: then the caller decides. */
  readonly subject?: string;
  /** Every `aud` must be one of these: a token that others accept too could have come from them. */
  readonly audiences: ReadonlySet<string>;
  /** What `typ` may be besides absent and JWT; other kinds of JWT are none of these (RFC 8725 §3.11). */
  readonly types: readonly string[];
  readonly algorithms: readonly string[];
  readonly keys: AssertionKeys;
}

/** Verifies JWT assertions (RFC 7523 §3), each of which is good for one use. */
@Injectable()
export class Assertions {
  constructor(
    private readonly keyFinder: KeyFinder,
    @Inject(Store) private readonly store: Store,
  ) {}

  /** @throws InvalidTokenError with the reason */
  async verify(assertion: string, expected: ExpectedAssertion): Promise<JWTPayload> {
    const unverified = readUnverifiedJwt(assertion);
    if (!unverified) throw new InvalidTokenError('The assertion is malformed');
    checkType(unverified.header.typ, expected.types);
    const claims = await this.verifySignature(assertion, expected);
    const now = Date.now() / 1000;
    checkAudience(claims.aud, expected.audiences);
    if (claims.exp! > now + MAX_LIFETIME_S + CLOCK_TOLERANCE_S)
      throw new InvalidTokenError('The assertion lives for longer than an hour');
    if (claims.iat !== undefined && claims.iat > now + CLOCK_TOLERANCE_S)
      throw new InvalidTokenError('The assertion was issued in the future');
    if (typeof claims.sub !== 'string' || claims.sub === '')
      throw new InvalidTokenError('The assertion names no subject');
    await this.spend(claims, expected.issuer);
    return claims;
  }

  private async verifySignature(assertion: string, expected: ExpectedAssertion): Promise<JWTPayload> {
    const { issuer, subject, algorithms } = expected;
    const options = {
      issuer,
      algorithms: [...algorithms],
      requiredClaims: ['exp', 'jti'],
      clockTolerance: CLOCK_TOLERANCE_S,
      ...(subject === undefined ? {} : { subject }),
    };
    try {
      return await this.keyFinder.withKey(
        expected.keys,
        async (key) => (await jwtVerify(assertion, key, options)).payload,
      );
    } catch (error) {
      if (error instanceof errors.JOSEError)
        throw new InvalidTokenError(`The assertion fails: ${error.message.replaceAll('"', "'")}`);
      throw error;
    }
  }

  /** RFC 7523 §3 (7), Hydra CVE-2020-5300: of any number of uses at once, one succeeds. */
  private async spend({ jti, exp }: JWTPayload, issuer: string): Promise<void> {
    if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI)
      throw new InvalidTokenError('The jti of the assertion cannot be used');
    const seconds = exp! - Date.now() / 1000 + 2 * CLOCK_TOLERANCE_S;
    const key = `assertion:${hashOf(JSON.stringify([issuer, jti]))}`;
    if (!(await this.store.add(key, '1', seconds)))
      throw new InvalidTokenError('The assertion was used before');
  }
}

function checkType(typ: unknown, types: readonly string[]): void {
  if (typ === undefined) return;
  const name = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : '';
  if (name !== 'jwt' && !types.includes(name)) throw new InvalidTokenError('The JWT is of another kind');
}

function checkAudience(aud: unknown, accepted: ReadonlySet<string>): void {
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  const isOurs = (one: unknown) => typeof one === 'string' && accepted.has(one);
  if (audiences.length === 0 || !audiences.every(isOurs))
    throw new InvalidTokenError('The assertion is not, or not only, for this server');
}
