import { OAuthError } from '@gatehouse/http';
import type { Hash } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import type { TokenRequest, TokenResponse } from '../token/grant-type.js';
import { UserGrants } from '../token/user-grants.service.js';
import { isExpired, type PolledRequest, type PolledRequests } from './polled-requests.js';

/** Answers a client's poll (RFC 8628 §3.5, OpenID CIBA Core §11). */
@Injectable()
export class PolledTokens {
  constructor(private readonly grants: UserGrants) {}

  /** @throws OAuthError authorization_pending, slow_down, expired_token, access_denied, invalid_grant */
  async poll(
    requests: PolledRequests<PolledRequest>,
    id: Hash,
    request: TokenRequest,
  ): Promise<TokenResponse> {
    const asked = await requests.find(id);
    // Another client's request is told apart from an unknown one by nobody, and its polls change nothing.
    if (!asked || asked.clientId !== request.client.clientId) throw unknown();
    if (isExpired(asked)) throw new OAuthError('expired_token', 'The request has expired; begin a new one');
    const poll = await requests.poll(id);
    if (poll.outcome !== 'answered') throw unanswered(poll.outcome);
    if (!poll.answer.allowed) throw new OAuthError('access_denied', 'The person said no', { status: 400 });
    const { scopes, resources } = asked;
    return this.grants.issue(request, { ...poll.answer, scopes, resources }, true);
  }
}

function unanswered(outcome: 'gone' | 'pending' | 'slow_down'): OAuthError {
  if (outcome === 'gone') return unknown();
  if (outcome === 'pending')
    return new OAuthError('authorization_pending', 'The person has not answered yet');
  return new OAuthError('slow_down', 'That was too soon: wait for 5 seconds more between polls from now on');
}

function unknown(): OAuthError {
  return new OAuthError('invalid_grant', 'The request is unknown, or its tokens were fetched already');
}
