import type { Prompt } from './prompt.js';

/** An authorization request that was found good (RFC 6749 §4.1.1): its redirect URI may be sent answers. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly redirectUriGiven: boolean;
  readonly state?: string | undefined;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly codeChallenge?: string | undefined;
  readonly nonce?: string | undefined;
  readonly prompt: readonly Prompt[];
  /** Seconds. */
  readonly maxAge?: number | undefined;
  readonly loginHint?: string | undefined;
  /** The only user who may answer: the `sub` of the request's `id_token_hint`. */
  readonly onlyUser?: string | undefined;
  /** Set where no application asks but a page of this server, which needs a login alone: the path to go back to. */
  readonly ownPage?: string | undefined;
}

/** Where an answer goes, known before the rest of the request is checked. */
export type ReturnAddress = Pick<AuthorizationRequest, 'redirectUri' | 'state'>;
