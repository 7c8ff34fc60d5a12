import type { Caller } from '../guards/route-guard.js';

/** What the provider issued. It stays here: the browser has only the session's secret. */
export interface SessionTokens {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
  /** Of the access token, in epoch milliseconds; undefined where the provider does not say. */
  readonly expiresAt?: number | undefined;
  /** When they were issued, in epoch milliseconds. */
  readonly renewedAt: number;
  /** The last one: tells the provider at the end which session is meant. */
  readonly idToken: string;
}

/** What a login asked for: what was not given then is not worth asking for again. */
export interface Asked {
  readonly scopes: readonly string[];
  readonly acrValues: readonly string[];
}

/** A person who is signed in at a login client. */
export interface Session {
  readonly caller: Caller;
  readonly groups: readonly string[];
  /** How they proved who they are (OpenID Connect Core §2). */
  readonly acr?: string | undefined;
  /** Their session at the provider. */
  readonly sid?: string | undefined;
  readonly asked: Asked;
  readonly tokens: SessionTokens;
  /** However much it is used, in epoch seconds. */
  readonly endsAt: number;
}
