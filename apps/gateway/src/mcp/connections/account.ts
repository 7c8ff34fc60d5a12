import type { TokenEndpointResponse } from 'oauth4webapi';

/** A user, by who says so and as what (OpenID Connect Core §5.7). */
export interface Person {
  /** The issuer's URL. */
  readonly issuer: string;
  readonly subject: string;
}

/** What an authorization server gave for a user: to be shown to one MCP server, and to nobody else. */
export interface Account {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** From when another token is wanted, in epoch milliseconds; undefined: nobody said. */
  readonly renewAt: number | undefined;
  /** When the tokens were given, in epoch milliseconds. */
  readonly issuedAt: number;
  /** Who gave it to whom, and for what. */
  readonly issuer: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly resource: string;
  readonly scope: string | undefined;
}

const MAX_TOKEN = 16_384;
/** A token is renewed this long before it ends, or at nine tenths of its life if that is later. */
const MARGIN_S = 30;

/**
 * An account with the tokens of an answer.
 * @param before what stays where the answer does not say it (RFC 6749 §6)
 */
export function accountWith(
  answer: TokenEndpointResponse,
  before: Omit<Account, 'accessToken' | 'renewAt' | 'issuedAt'>,
): Account {
  const { access_token: accessToken, refresh_token, expires_in: lifetime, scope, token_type } = answer;
  // RFC 6749 §7.1: a token of a type that one does not know is not used.
  if (token_type !== 'bearer') throw new Error(`The token is of the type ${token_type}`);
  if (!/^[\x21-\x7E]+$/.test(accessToken) || accessToken.length > MAX_TOKEN) {
    throw new Error('The token cannot be sent in a header field');
  }
  const now = Date.now();
  return {
    ...before,
    accessToken,
    refreshToken: refresh_token ?? before.refreshToken,
    renewAt:
      lifetime === undefined ? undefined : now + (lifetime - Math.min(MARGIN_S, lifetime / 10)) * 1_000,
    issuedAt: now,
    scope: scope ?? before.scope,
  };
}
