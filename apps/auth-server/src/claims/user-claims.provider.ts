import { Injectable } from '@nestjs/common';
import { UsersService } from '../users/users.service.js';
import { ClaimsProvider, type ClaimSet, type ClaimsRequest, type ClaimsSource } from './claims-provider.js';
import { CLAIMS_OF_SCOPE, claimsOfUser, STANDARD_CLAIMS } from './standard-claims.js';

/** What the user's account says: by scope and by name as OpenID Connect Core §5 has it, and as administrators map it. */
@Injectable()
@ClaimsProvider()
export class UserClaims implements ClaimsSource {
  readonly names = STANDARD_CLAIMS;

  constructor(private readonly users: UsersService) {}

  async claims(request: ClaimsRequest): Promise<ClaimSet> {
    const { userId, mapping = {} } = request;
    const names = namesFor(request);
    const mapped = Object.entries(mapping);
    if (userId === undefined || (names.length === 0 && mapped.length === 0)) return {};
    const user = await this.users.recent(userId);
    if (!user) return {};
    const known = claimsOfUser(user);
    return Object.fromEntries([
      ...names.map((name) => [name, known[name]]),
      ...mapped.map(([name, source]) => [name, known[source]]),
    ]) as ClaimSet;
  }
}

function namesFor({ destination, scopes, requested = [], inFull = false }: ClaimsRequest): string[] {
  // §5.4: where there is an access token, the scopes' claims are UserInfo's.
  const byScope = destination === 'userinfo' || inFull;
  const ofScopes = byScope ? scopes.flatMap((scope) => CLAIMS_OF_SCOPE[scope] ?? []) : [];
  return [...new Set([...ofScopes, ...requested.filter((name) => STANDARD_CLAIMS.includes(name))])];
}
