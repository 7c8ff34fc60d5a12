import { isPublicClient } from '@gatehouse/client';
import { OAuthError } from '@gatehouse/http';
import { missingScopes, parseScope } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { Audit } from '../audit/audit.service.js';
import { Subjects } from '../claims/subjects.service.js';
import type { Client } from '../clients/client.entity.js';
import { CONFIG, type Config } from '../config.js';
import { ResourcesService } from '../resources/resources.service.js';
import { AccessTokens } from '../token/access-tokens.service.js';
import { type GrantHandler, GrantType, type TokenRequest, type TokenResponse } from '../token/grant-type.js';
import { actorClaim, type ExchangePolicy } from './actor-claim.js';
import { type ExchangedToken, ExchangedTokens } from './exchanged-tokens.service.js';
import { ACCESS_TOKEN } from './token-types.js';

/** RFC 8693: a token for another, by the client's policy. It never says more than the one it comes from. */
@Injectable()
@GrantType('urn:ietf:params:oauth:grant-type:token-exchange')
export class TokenExchangeGrant implements GrantHandler {
  constructor(
    private readonly tokens: ExchangedTokens,
    private readonly accessTokens: AccessTokens,
    private readonly resources: ResourcesService,
    private readonly subjects: Subjects,
    private readonly audit: Audit,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async handle(request: TokenRequest): Promise<TokenResponse> {
    const { client, parameters, address, confirmation } = request;
    const policy = policyOf(client);
    const requested = parameters.requested_token_type;
    if (requested !== undefined && requested !== ACCESS_TOKEN)
      throw new OAuthError('invalid_request', `requested_token_type must be ${ACCESS_TOKEN}`);
    const { subject, actor } = await this.read(request);
    const act = actorClaim(subject, actor, policy, client, this.config.issuer);
    const { scopes, resources } = await this.target(request, subject, policy);
    const { userId, grantId, authTime, exp } = subject;
    const response = await this.accessTokens.issue({
      client,
      subject: userId === undefined ? subject.subject : this.subjects.of(client, userId),
      userId,
      scopes,
      audience: resources,
      grantId,
      authTime,
      notAfter: exp,
      actor: act,
      address,
      confirmation,
    });
    this.audit.record({
      type: 'token.exchanged',
      clientId: client.clientId,
      userId: userId ?? subject.subject,
      address,
      detail: { from: subject.clientId, act: act ?? null },
    });
    return { ...response, issued_token_type: ACCESS_TOKEN };
  }

  private async read({ client, parameters }: TokenRequest) {
    const { subject_token: token, subject_token_type: type } = parameters;
    const { actor_token: actorToken, actor_token_type: actorType } = parameters;
    if (token === undefined || type === undefined)
      throw new OAuthError(
        'invalid_request',
        'subject_token or subject_token_type is missing (RFC 8693 section 2.1)',
      );
    if ((actorToken === undefined) !== (actorType === undefined))
      throw new OAuthError(
        'invalid_request',
        'actor_token and actor_token_type go together (RFC 8693 section 2.1)',
      );
    const subject = await this.tokens.read('subject_token', token, type, client);
    if (actorToken === undefined) return { subject, actor: undefined };
    return { subject, actor: await this.tokens.read('actor_token', actorToken, actorType!, client) };
  }

  /** RFC 8693 §2.1: where the new token is for. Targets are the policy's, scopes those of the subject token. */
  private async target(
    { client, parameters, resource }: TokenRequest,
    subject: ExchangedToken,
    policy: ExchangePolicy,
  ) {
    const { audience, scope } = parameters;
    const named = audience === undefined ? resource : [...resource, audience];
    const targets =
      named.length > 0
        ? [...new Set(named)]
        : subject.audiences.filter((one) => policy.audiences.includes(one));
    if (targets.length === 0) throw new OAuthError('invalid_target', 'Name an audience or a resource');
    if (!targets.every((one) => policy.audiences.includes(one)))
      throw new OAuthError(
        'invalid_target',
        'The client may not exchange tokens for this audience or resource',
      );
    const registered = parseScope(client.metadata.scope) ?? [];
    const all = subject.scopes.filter((one) => registered.includes(one));
    const allowed = await this.resources.scopesOf(all, targets);
    const asked = scope === undefined ? allowed : parseScope(scope);
    if (!asked || missingScopes(allowed, asked).length > 0)
      throw new OAuthError(
        'invalid_scope',
        'scope asks for more than the subject_token and the client have there',
      );
    return this.resources.resolve(asked, targets);
  }
}

/** Only an administrator gives a client a policy; without one nothing is exchanged. */
function policyOf({ metadata }: Client): ExchangePolicy {
  const policy = metadata.token_exchange;
  if (!policy || isPublicClient(metadata))
    throw new OAuthError('unauthorized_client', 'The client has no policy for token exchange');
  return policy;
}
