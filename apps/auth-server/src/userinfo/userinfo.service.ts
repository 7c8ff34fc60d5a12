import { OAuthError } from '@gatehouse/http';
import { bearerChallenge, type VerifiedAccessToken } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { namesOf } from '../authorize/claims-request.js';
import { Claims } from '../claims/claims.service.js';
import { Subjects } from '../claims/subjects.service.js';
import type { Client } from '../clients/client.entity.js';
import { ClientsService } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { type MetadataContributor, MetadataSource } from '../discovery/metadata-source.js';
import { GrantsService } from '../grants/grants.service.js';
import { KeysService, SIGNING_ALGORITHMS } from '../keys/keys.service.js';
import { UsersService } from '../users/users.service.js';

/** An answer of UserInfo: claims, or where the client registered an algorithm, a JWT of them. */
export type Userinfo = { readonly claims: Readonly<Record<string, unknown>> } | { readonly jwt: string };

/** OpenID Connect Core §5.3. */
@Injectable()
@MetadataSource()
export class UserinfoService implements MetadataContributor {
  constructor(
    private readonly users: UsersService,
    private readonly clients: ClientsService,
    private readonly claims: Claims,
    private readonly subjects: Subjects,
    private readonly grants: GrantsService,
    private readonly keys: KeysService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  metadata() {
    return { userinfo_signing_alg_values_supported: [...SIGNING_ALGORITHMS] };
  }

  /** @throws OAuthError invalid_token when the token stands for no user */
  async read({
    claims: { sub, client_id: clientId, grant_id: grantId },
    scopes,
  }: VerifiedAccessToken): Promise<Userinfo> {
    const client = await this.clients.find(clientId);
    const userId = client && this.subjects.userIdOf(client, sub);
    if (!client || userId === undefined || !(await this.users.recent(userId))) throw noSuchUser();
    const known = await this.claims.collect({
      userId,
      client,
      scopes,
      destination: 'userinfo',
      requested: await this.requested(grantId),
      mapping: client.metadata.claims_mapping,
    });
    // §5.3.2: the very `sub` of the ID Token.
    return this.answer({ ...known, sub }, client);
  }

  /** §5.5: the claims that the grant's request asked for by name. */
  private async requested(grantId: string | undefined): Promise<readonly string[]> {
    const claims = grantId === undefined ? null : await this.grants.claimsOf(grantId);
    return namesOf(claims?.userinfo);
  }

  private async answer(claims: Readonly<Record<string, unknown>>, client: Client): Promise<Userinfo> {
    const alg = client.metadata.userinfo_signed_response_alg;
    if (alg === undefined) return { claims };
    // A type of its own: it is no ID Token, though it has the same issuer, subject and audience (RFC 8725 §3.11).
    const jwt = await this.keys.sign(alg, 'userinfo+jwt', {
      ...claims,
      iss: this.config.issuer,
      aud: client.clientId,
      iat: Math.floor(Date.now() / 1000),
    });
    return { jwt };
  }
}

/** A client's own token has no user behind it, nor has one whose user was deleted. */
function noSuchUser(): OAuthError {
  const errorDescription = 'The token stands for no user';
  return new OAuthError('invalid_token', errorDescription, {
    headers: { 'www-authenticate': bearerChallenge({ error: 'invalid_token', errorDescription }) },
  });
}
