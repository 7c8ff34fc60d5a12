import type { KeyObject } from 'node:crypto';
import type { LoginCookies } from './login-cookies.js';

/** How the gateway proves at a provider who it is. */
export type ClientCredential =
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly secret: string }
  | {
      readonly method: 'private_key_jwt';
      readonly key: KeyObject;
      readonly alg: string;
      readonly kid?: string;
    }
  | { readonly method: 'none' };

/** One host at which people sign in: the browser keeps cookies for it alone. */
export interface LoginSite {
  /** With what stands before `/.gatehouse/`, without a slash at its end. */
  readonly base: string;
  readonly origin: string;
  readonly host: string;
  readonly redirectUri: string;
  readonly cookies: LoginCookies;
}

/** A login client ready to use: everything that can be worked out once has been. */
export interface LoginClient {
  readonly name: string;
  /** Its name in addresses; undefined for the built-in one. */
  readonly addressName: string | undefined;
  readonly issuer: string;
  /** The issuer of its people, by the name that callers have it by. */
  readonly issuerName: string;
  readonly clientId: string;
  readonly credential: ClientCredential;
  readonly sites: readonly [LoginSite, ...LoginSite[]];
  readonly scopes: readonly string[];
  readonly pkce: boolean;
  readonly acrValues: readonly string[];
  readonly prompt: string | undefined;
  readonly maxAge: number | undefined;
  /** Of the authorization request, besides those of the protocol. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly idTokenAlg: string;
  readonly emailDomains: readonly string[] | undefined;
  readonly groupsClaim: string;
  readonly userinfoClaims: readonly string[];
  readonly postLogoutRedirectUri: string | undefined;
  readonly signOutAtIssuer: boolean;
  /** Seconds. */
  readonly sessionLifetime: number;
  /** Seconds without a call; undefined: a session ends at its lifetime only. */
  readonly sessionIdle: number | undefined;
}

/** The site that a caller came to, as far as the client has one there. */
export function siteAt({ sites }: LoginClient, host: string): LoginSite | undefined {
  return sites.find((site) => site.host === host);
}

/** The same, or the client's first one: nobody signs in at a host that it does not have. */
export function siteFor(client: LoginClient, host: string): LoginSite {
  return siteAt(client, host) ?? client.sites[0];
}
