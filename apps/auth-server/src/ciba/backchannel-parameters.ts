import { OAuthError, type Parameters } from '@gatehouse/http';
import type { Client } from '../clients/client.entity.js';
import { MAX_LIFETIME_S } from './backchannel-requests.service.js';

/** Long enough to find the phone. */
const LIFETIME_S = 300;
const MAX_BINDING_MESSAGE = 100;
/** RFC 6750 §2.1, at most 1024 characters (OpenID CIBA Core §7.1). */
const NOTIFICATION_TOKEN = /^[A-Za-z0-9\-._~+/]{1,1024}=*$/;
const HINTS = ['login_hint', 'id_token_hint', 'login_hint_token'] as const;

/** A backchannel authentication request (OpenID CIBA Core §7.1), but for whom it means and what it asks for. */
export interface BackchannelParameters {
  readonly bindingMessage: string | undefined;
  /** Seconds. */
  readonly lifetime: number;
  readonly notificationToken: string | undefined;
}

/** @throws OAuthError invalid_request, invalid_binding_message */
export function readBackchannelParameters(
  single: Parameters['single'],
  { metadata }: Client,
): BackchannelParameters {
  if (single.request !== undefined)
    throw new OAuthError('invalid_request', 'Signed authentication requests are not taken here');
  if (HINTS.filter((name) => single[name] !== undefined).length !== 1)
    throw new OAuthError('invalid_request', 'Exactly one of login_hint and id_token_hint is needed');
  if (single.login_hint_token !== undefined)
    throw new OAuthError('invalid_request', 'login_hint_token is not taken here: send login_hint');
  if (!(single.scope ?? '').split(' ').includes('openid'))
    throw new OAuthError('invalid_scope', 'scope must hold openid (OpenID CIBA Core section 7.1)');
  const pings = metadata.backchannel_token_delivery_mode === 'ping';
  return {
    bindingMessage: readBindingMessage(single.binding_message),
    lifetime: readExpiry(single.requested_expiry),
    notificationToken: pings ? readToken(single.client_notification_token) : undefined,
  };
}

function readBindingMessage(message: string | undefined): string | undefined {
  if (message === undefined) return undefined;
  // §7.1: short, and of plain characters, as it is read from one device to the other.
  if (message.length > MAX_BINDING_MESSAGE || /[\p{C}\p{Zl}\p{Zp}]/u.test(message)) {
    throw new OAuthError(
      'invalid_binding_message',
      `binding_message must have at most ${MAX_BINDING_MESSAGE} printable characters`,
    );
  }
  return message;
}

function readExpiry(seconds: string | undefined): number {
  if (seconds === undefined) return LIFETIME_S;
  if (!/^[1-9]\d{0,8}$/.test(seconds))
    throw new OAuthError('invalid_request', 'requested_expiry must be a number of seconds above 0');
  return Math.min(Number(seconds), MAX_LIFETIME_S);
}

function readToken(token: string | undefined): string {
  if (token === undefined || token.length > 1_024 || !NOTIFICATION_TOKEN.test(token))
    throw new OAuthError('invalid_request', 'client_notification_token must be a bearer token (RFC 6750)');
  return token;
}
