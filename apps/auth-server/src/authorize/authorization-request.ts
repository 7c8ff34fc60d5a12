import type { AuthorizationDetail } from './authorization-details.js';
import type { ClaimsRequest } from './claims-request.js';
import type { Prompt } from './prompt.js';
import type { RequestedAcr } from './requested-acr.js';

/** An authorization request that was found good (RFC 6749 §4.1.1): its redirect URI may be sent answers. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly redirectUriGiven: boolean;
  readonly state?: string | undefined;
  /** The parts of `response_type`, in the order of their names. */
  readonly responseTypes: readonly string[];
  readonly responseMode: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly codeChallenge?: string | undefined;
  readonly nonce?: string | undefined;
  readonly prompt: readonly Prompt[];
  /** Seconds. */
  readonly maxAge?: number | undefined;
  readonly loginHint?: string | undefined;
  /** The `lang` of the pages. */
  readonly lang: string;
  readonly acr?: RequestedAcr | undefined;
  readonly claims?: ClaimsRequest | undefined;
  /** RFC 9396; empty when there are none. */
  readonly authorizationDetails: readonly AuthorizationDetail[];
  /** The thumbprint of the key that the code is for (RFC 9449 §10). */
  readonly dpopJkt?: string | undefined;
  /** The only user who may answer: the `sub` of the request's `id_token_hint`, or of its `claims`. */
  readonly onlyUser?: string | undefined;
  /** Set where no application asks but a page of this server, which needs a login alone: the path to go back to. */
  readonly ownPage?: string | undefined;
}

/** Where and how an answer goes, known before the rest of the request is checked. */
export type ReturnAddress = Pick<AuthorizationRequest, 'clientId' | 'redirectUri' | 'state' | 'responseMode'>;

/** Request parameters as they were sent: by name, a list where one was sent repeatedly. */
export type Source = Readonly<Record<string, unknown>>;

/** A parameter's value when it is sent once, with a value. */
export function only(source: Source, name: string): string | undefined {
  const value = source[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
