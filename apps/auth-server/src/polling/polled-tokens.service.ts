import { OAuthError } from '@gatehouse/http';
import type { Hash } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.entity.js';
import { ConsentPolicies } from '../consent/consent-policies.service.js';
import type { TokenRequest, TokenResponse } from '../token/grant-type.js';
import { UserGrants } from '../token/user-grants.service.js';
import { isExpired, type PolledRequest, type PolledRequests } from './polled-requests.js';

/** Answers a client's poll (RFC 8628 §3.5, OpenID CIBA Core §11). */
@Injectable()
export class PolledTokens {
  constructor(
    private readonly grants: UserGrants,
    private readonly policies: ConsentPolicies,
  ) {}

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
    await this.checkPolicies(request.client, poll.answer.userId, asked);
    return this.grants.issue(request, { ...poll.answer, scopes, resources }, true);
  }

  /** What in-house policies refuse, nobody can give by another way either. */
  private async checkPolicies(client: Client, userId: string, { scopes, resources }: PolledRequest) {
    const question = {
      client,
      userId,
      scopes,
      resources,
      claims: [],
      authorizationDetails: [],
      remembered: false,
    };
    if ((await this.policies.decide(question)) !== 'refuse') return;
    throw new OAuthError('access_denied', 'The client may not have this of the user', { status: 400 });
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
