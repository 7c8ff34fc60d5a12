import type { JWTVerifyGetKey } from 'jose';
import type { Dispatcher } from 'undici';

/** An OpenID provider, as its metadata tells (OpenID Connect Discovery §3, RFC 8414 §2). */
export interface Provider {
  readonly issuer: string;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly userinfoUrl: string | undefined;
  readonly revocationUrl: string | undefined;
  readonly endSessionUrl: string | undefined;
  /** Its signing keys, fetched when they are needed and when one is unknown. */
  readonly keys: JWTVerifyGetKey;
  /** Whether its answers always name it (RFC 9207 §3). */
  readonly namesItself: boolean;
  /** Our own auth-server: its access tokens are read here, and its revocation feed is heard. */
  readonly isOurs: boolean;
  readonly dispatcher: Dispatcher;
}
