import { Store } from '@gatehouse/store';
import { hashOf, newSecret } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { AuthorizationDetail } from '../authorize/authorization-details.js';
import type { ClaimsRequest } from '../authorize/claims-request.js';

/** RFC 6749 §4.1.2 allows ten minutes; the way from the browser to the client's server takes seconds. */
const LIFETIME_S = 60;

const REDEEMED = 'redeemed';

/** What a user agreed to, waiting for its client to fetch it. */
export interface Authorization {
  readonly grantId: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** Whether the request named it: then the token request must, too (RFC 6749 §4.1.3). */
  readonly redirectUriGiven: boolean;
  /** Absent only where the client's PKCE was waived and it sent none. */
  readonly codeChallenge?: string | undefined;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly nonce?: string | undefined;
  /** The thumbprint of the key that must be proved to redeem it (RFC 9449 §10). */
  readonly dpopJkt?: string | undefined;
  /** OpenID Connect Core §5.5. */
  readonly claims?: ClaimsRequest | undefined;
  /** RFC 9396. */
  readonly authorizationDetails?: readonly AuthorizationDetail[] | undefined;
  /** Epoch seconds. */
  readonly authTime: number;
  readonly amr: readonly string[];
  /** The login session (OpenID Connect Front-Channel Logout §3). */
  readonly sid?: string | undefined;
}

/** What a code turned out to be. */
export type Redemption =
  | { readonly outcome: 'first'; readonly authorization: Authorization }
  | { readonly outcome: 'again'; readonly grantId: string }
  | { readonly outcome: 'unknown' };

/** Authorization codes: 256 random bits, kept as a hash, good for one use within a minute. */
@Injectable()
export class AuthorizationCodes {
  constructor(@Inject(Store) private readonly store: Store) {}

  /** The grant's id stands in the code, so that a second use knows what the first one gave (RFC 6749 §4.1.2). */
  async issue(authorization: Authorization): Promise<string> {
    const code = `${authorization.grantId}.${newSecret()}`;
    await this.store.set(keyOf(code), JSON.stringify(authorization), LIFETIME_S);
    return code;
  }

  /** Of any number of callers at once, exactly one sees `first`. */
  async redeem(code: string): Promise<Redemption> {
    const found = await this.store.exchange(keyOf(code), REDEEMED);
    if (found === undefined) return { outcome: 'unknown' };
    if (found === REDEEMED) return { outcome: 'again', grantId: code.slice(0, code.indexOf('.')) };
    return { outcome: 'first', authorization: JSON.parse(found) as Authorization };
  }
}

function keyOf(code: string): string {
  return `code:${hashOf(code)}`;
}
