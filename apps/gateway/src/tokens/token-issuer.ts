import { asInvalidToken, InvalidTokenError, readUnverifiedJwt } from '@gatehouse/token';
import type { JWTVerifyOptions } from 'jose';
import { type CallerToken, type Claims, readCallerToken } from './caller-token.js';
import type { Introspector } from './introspector.js';
import type { ClaimNames } from './issuer-definition.js';
import type { KeySet } from './key-set.js';

/** What is known of an issuer whose tokens are taken. */
export interface IssuerRules {
  readonly name: string;
  /** `iss`, to the letter. */
  readonly url: string;
  readonly algorithms: readonly string[];
  readonly typ: string;
  /** One of them must be in the token; undefined: what the route asks for is enough. */
  readonly audiences: readonly string[] | undefined;
  readonly clockSkew: number;
  readonly claims: ClaimNames;
  /** Besides `exp` of JWTs. */
  readonly requiredClaims: readonly string[];
}

/** A JWT that is verified is verified again after this long: by then its key may have been withdrawn. */
const VERIFIED_FOR_S = 300;

/** A token that was found good, and until when that may be relied upon (epoch seconds). */
export interface Finding {
  readonly token: CallerToken;
  readonly until: number;
}

/** Members that ID Tokens and logout tokens have, and access tokens do not (RFC 8725 §2.8). */
const OF_OTHER_TOKENS = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events'];

/** One issuer of access tokens. */
export class TokenIssuer {
  private readonly options: JWTVerifyOptions;

  /**
   * @param keys undefined: JWTs are introspected, too
   * @param introspector undefined: the issuer has no opaque tokens
   */
  constructor(
    readonly rules: IssuerRules,
    private readonly keys: KeySet | undefined,
    private readonly introspector: Introspector | undefined,
  ) {
    this.options = {
      issuer: rules.url,
      algorithms: [...rules.algorithms],
      typ: rules.typ,
      clockTolerance: rules.clockSkew,
      requiredClaims: ['exp', ...rules.requiredClaims],
    };
  }

  get name(): string {
    return this.rules.name;
  }

  get knowsOpaqueTokens(): boolean {
    return this.introspector !== undefined;
  }

  start(): void {
    this.keys?.start();
  }

  stop(): void {
    this.keys?.stop();
  }

  /** @throws InvalidTokenError; what else it throws means that it cannot be found out */
  async readJwt(key: string, token: string): Promise<Finding> {
    if (!this.keys) return this.introspect(key, token);
    const { payload, protectedHeader } = await this.keys
      .verify(token, this.options)
      .catch((error: unknown) => {
        throw asInvalidToken(error);
      });
    if (OF_OTHER_TOKENS.some((name) => name in payload)) {
      throw new InvalidTokenError('The token is no access token');
    }
    return this.finding(payload, payload.exp!, VERIFIED_FOR_S, protectedHeader.kid);
  }

  /** @throws InvalidTokenError; Problem 503 */
  async introspect(key: string, token: string): Promise<Finding> {
    const claims = await this.introspector!.introspect(key, token);
    if (!claims) throw new InvalidTokenError('The token is unknown, or has expired');
    const missing = this.rules.requiredClaims.find((name) => claims[name] === undefined);
    if (missing !== undefined) throw new InvalidTokenError(`The token has no ${missing}`);
    const now = Date.now() / 1000;
    const { iss, exp, nbf } = claims;
    if (iss !== undefined && iss !== this.rules.url) {
      throw new InvalidTokenError("The token's iss is not accepted here");
    }
    if (typeof nbf === 'number' && nbf > now + this.rules.clockSkew) {
      throw new InvalidTokenError("The token's nbf is not accepted here");
    }
    // RFC 7662 §2.2: exp is optional; how long the answer counts is another question.
    const end = typeof exp === 'number' ? exp : Infinity;
    return this.finding(claims, end, this.introspector!.cacheSeconds);
  }

  /** Asks the issuer now, whatever is remembered. @throws InvalidTokenError; Problem 503 */
  async confirm(key: string, token: string): Promise<void> {
    if (!(await this.introspector!.introspect(key, token))) {
      throw new InvalidTokenError('The token was revoked');
    }
  }

  private finding(claims: Claims, exp: number, seconds: number, kid = ''): Finding {
    const token = readCallerToken(this.rules.name, claims, this.rules.claims, {
      exp: exp + this.rules.clockSkew,
      kid,
    });
    if (this.rules.audiences?.some((one) => token.audiences.includes(one)) === false) {
      throw new InvalidTokenError("The token's aud is not accepted here");
    }
    return { token, until: Math.min(token.exp, Date.now() / 1000 + seconds) };
  }
}

/** The `iss` of a JWT that nobody has verified yet: which issuer to ask. @throws InvalidTokenError */
export function issuerOf(token: string): string {
  const iss = readUnverifiedJwt(token)?.claims.iss;
  if (typeof iss !== 'string') throw new InvalidTokenError('The token is malformed');
  return iss;
}
