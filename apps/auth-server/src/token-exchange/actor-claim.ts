import type { ClientMetadata } from '@gatehouse/client';
import { OAuthError } from '@gatehouse/http';
import type { Actor } from '@gatehouse/token';
import type { Client } from '../clients/client.entity.js';
import type { ExchangedToken, MayAct } from './exchanged-tokens.service.js';

/** How many may stand behind each other in `act`. */
const MAX_ACTORS = 5;

/** What a client may do by token exchange. */
export type ExchangePolicy = NonNullable<ClientMetadata['token_exchange']>;

/**
 * RFC 8693 §1.1 and §4.1: who is named in `act`. Those who acted before stay named, whichever way it goes on.
 * @throws OAuthError invalid_request where the policy or `may_act` forbids it
 */
export function actorClaim(
  subject: ExchangedToken,
  actor: ExchangedToken | undefined,
  policy: ExchangePolicy,
  client: Client,
  issuer: string,
): Actor | undefined {
  if (!actor) {
    if (!policy.impersonation)
      throw new OAuthError('invalid_request', 'The client may not impersonate: send actor_token');
    // RFC 8693 §4.4: a subject that says who may act for it is not to be acted as by anybody else.
    if (subject.mayAct) checkMayAct(subject.mayAct, client.clientId, client.clientId, issuer);
    return subject.act;
  }
  if (!policy.delegation) throw new OAuthError('invalid_request', 'The client may not act for others');
  if (actor.clientId !== client.clientId)
    throw new OAuthError('invalid_request', 'actor_token was issued to another client');
  if (subject.mayAct) checkMayAct(subject.mayAct, actor.subject, actor.clientId, issuer);
  const chain: Actor = { sub: actor.subject, ...(subject.act ? { act: subject.act } : {}) };
  if (lengthOf(chain) > MAX_ACTORS)
    throw new OAuthError('invalid_request', `No more than ${MAX_ACTORS} may act for each other`);
  return chain;
}

function checkMayAct(mayAct: MayAct, subject: string, clientId: string, issuer: string): void {
  const names = mayAct.sub !== undefined || mayAct.client_id !== undefined;
  const fits =
    names &&
    (mayAct.sub ?? subject) === subject &&
    (mayAct.client_id ?? clientId) === clientId &&
    (mayAct.iss ?? issuer) === issuer;
  if (!fits) throw new OAuthError('invalid_request', 'may_act of the subject_token names somebody else');
}

function lengthOf(actor: Actor | undefined): number {
  return actor ? 1 + lengthOf(actor.act) : 0;
}
