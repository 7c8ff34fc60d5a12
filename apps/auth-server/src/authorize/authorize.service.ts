import { RESERVED_CLAIMS } from '@gatehouse/client';
import { OAuthError } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.entity.js';
import { CLAIMS_OF_SCOPE } from '../claims/standard-claims.js';
import { ConsentPolicies } from '../consent/consent-policies.service.js';
import { ConsentService } from '../consent/consent.service.js';
import type { LoginSession } from '../sessions/sessions.service.js';
import { UsersService } from '../users/users.service.js';
import { canBeMet, isMet } from './requested-acr.js';
import { namesOf } from './claims-request.js';
import type { AuthorizationRequest } from './authorization-request.js';

/** What a request still needs of the person: nothing, a login, or their consent. */
export type Step = 'login' | 'consent' | 'done';

/** Decides what a request needs (OpenID Connect Core §3.1.2.3 and §3.1.2.4). */
@Injectable()
export class AuthorizeService {
  constructor(
    private readonly consents: ConsentService,
    private readonly policies: ConsentPolicies,
    private readonly users: UsersService,
  ) {}

  /**
   * @param justNow whether the session began on this request's own page
   * @throws OAuthError when the person can do nothing about it, or must not be asked (`prompt=none`)
   */
  async nextStep(
    request: AuthorizationRequest,
    client: Client,
    session: LoginSession | undefined,
    justNow: boolean,
  ): Promise<Step> {
    const silent = request.prompt.includes('none');
    const known = session && (await this.users.find(session.userId)) !== undefined;
    if (!known || !(justNow || isFresh(request, session))) {
      if (silent) throw new OAuthError('login_required', 'The user is not signed in');
      return 'login';
    }
    if (request.onlyUser !== undefined && request.onlyUser !== session.userId) {
      if (silent)
        throw new OAuthError('login_required', 'The user of the id_token_hint is not the one signed in');
      return 'login';
    }
    if (request.ownPage !== undefined) return 'done';
    if (!isMet(request.acr, session.amr)) {
      if (!justNow && canBeMet(request.acr!)) {
        if (silent)
          throw new OAuthError('login_required', 'The user is not signed in as acr_values asks for');
        return 'login';
      }
      // OpenID Connect Core §5.5.1.1, RFC 9470 §5; acr_values alone is a wish (OpenID Connect Core §3.1.2.1).
      if (request.acr!.essential)
        throw new OAuthError('unmet_authentication_requirements', 'None of the acr values can be met');
    }
    if (await this.needsConsent(request, client, session)) {
      if (silent) throw new OAuthError('consent_required', 'The user has not agreed to this yet');
      return 'consent';
    }
    return 'done';
  }

  /** @throws OAuthError access_denied where a policy refuses whatever the person says */
  private async needsConsent(
    request: AuthorizationRequest,
    client: Client,
    { userId }: LoginSession,
  ): Promise<boolean> {
    const remembered = await this.consents.allows(userId, client.clientId, consentTo(request));
    const claims = claimsBeyondScopes(request);
    const decision = await this.policies.decide({ ...request, client, userId, claims, remembered });
    if (decision === 'refuse')
      throw new OAuthError('access_denied', 'The client may not have this of the user');
    if (request.prompt.includes('consent') || decision === 'ask') return true;
    if (client.metadata.first_party || decision === 'skip') return false;
    // RFC 9396 details are of one occasion: a transfer that was agreed to once is not agreed to for ever.
    return request.authorizationDetails.length > 0 || !remembered;
  }
}

/** What is consented to: the scopes, and the APIs they are for, since two APIs may have a scope of the same name. */
export function consentTo(request: AuthorizationRequest): string[] {
  const claims = claimsBeyondScopes(request).map((claim) => `claim ${claim}`);
  return [...request.scopes, ...request.resources, ...claims];
}

/** The claims that are asked for by name, and are of none of the scopes (OpenID Connect Core §5.4 and §5.5). */
export function claimsBeyondScopes({ scopes, claims }: AuthorizationRequest): string[] {
  const covered = new Set(scopes.flatMap((scope) => CLAIMS_OF_SCOPE[scope] ?? []));
  const asked = new Set([...namesOf(claims?.id_token), ...namesOf(claims?.userinfo)]);
  return [...asked].filter((name) => !covered.has(name) && !RESERVED_CLAIMS.has(name));
}

/** Whether a login from before will do. */
function isFresh({ prompt, maxAge }: AuthorizationRequest, { authTime }: LoginSession): boolean {
  if (prompt.includes('login') || prompt.includes('select_account')) return false;
  return maxAge === undefined || Math.floor(Date.now() / 1000) - authTime <= maxAge;
}
