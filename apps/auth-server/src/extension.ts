/**
 * What in-house modules of the auth-server may use, and all they may: it grows, and what is here keeps its meaning.
 * docs/extending.md shows each at work.
 */

// A grant type of one's own.
export type { Client } from './clients/client.entity.js';
export { ResourcesService } from './resources/resources.service.js';
export { type AccessTokenRequest, AccessTokens } from './token/access-tokens.service.js';
export { type GrantHandler, GrantType, type TokenRequest, type TokenResponse } from './token/grant-type.js';
export { CONFIG, type Config } from './config.js';

// Claims about people and clients.
export {
  ClaimsProvider,
  type ClaimsDestination,
  type ClaimSet,
  type ClaimsRequest,
  type ClaimsSource,
} from './claims/claims-provider.js';

// Telling people that a client waits for them.
export { type AuthenticationCall, CibaNotifier, type PersonNotifier } from './ciba/ciba-notifier.js';

// Whether consent is needed, or possible at all.
export {
  type ConsentDecider,
  type ConsentDecision,
  ConsentPolicy,
  type ConsentQuestion,
} from './consent/consent-policy.js';

// Rich authorization requests (RFC 9396), and other ways to answer and to ask.
export type { AuthorizationDetail } from './authorize/authorization-details.js';
export {
  type AuthorizationDetailsHandler,
  AuthorizationDetailsType,
} from './authorization-details/authorization-details-type.js';
export { ResponseMode, type ResponseModeHandler } from './authorize/response-modes/response-mode.js';

// What an in-house capability says of itself in discovery.
export {
  type MetadataContributor,
  MetadataSource,
  type ServerMetadata,
} from './discovery/metadata-source.js';

// What clients may register themselves as.
export {
  type Amendment,
  ClientPolicy,
  type ClientRegistration,
  type ClientReviewer,
} from './client-policy/client-policy.js';

// Rows of one's own that end, removed with all others.
export { ExpiredRows, type ExpiredRowsSource } from './expiry/expired-rows.js';
// A method of client authentication of one's own.
export {
  type ClientAuthenticationMethod,
  type ClientAuthenticationRequest,
  ClientAuthenticator,
} from './clients/authentication/client-authenticator.js';

// URLs that clients or users supply are fetched by this, and by nothing else.
export { GuardedFetch, GuardedFetchError } from '@gatehouse/guarded-fetch';
