import { formatScope, InvalidTokenError, tokenTypeOf } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { Subjects } from '../claims/subjects.service.js';
import type { Client } from '../clients/client.entity.js';
import { ClientsService } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { RefreshTokens } from '../grants/refresh-tokens.service.js';
import { AccessTokenReader } from '../token/access-token-reader.service.js';

/** RFC 7662 §2.2. */
export type Introspection =
  { readonly active: false } | ({ readonly active: true } & Readonly<Record<string, unknown>>);

const INACTIVE: Introspection = { active: false };

@Injectable()
export class IntrospectionService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly accessTokens: AccessTokenReader,
    private readonly clients: ClientsService,
    private readonly subjects: Subjects,
    private readonly refreshTokens: RefreshTokens,
  ) {}

  /** What a token is, for a client that may know: its own client, or one with the scope `introspect`. */
  async introspect(token: string, client: Client): Promise<Introspection> {
    const found = (await this.accessToken(token)) ?? (await this.refreshToken(token)) ?? INACTIVE;
    if (!found.active) return INACTIVE;
    const mayKnowAll = client.metadata.scope.split(' ').includes('introspect');
    // RFC 7662 §4: to anybody else the token is simply not active.
    return mayKnowAll || found.client_id === client.clientId ? found : INACTIVE;
  }

  private async accessToken(token: string): Promise<Introspection | undefined> {
    try {
      const { claims } = await this.accessTokens.readActive(token);
      return { ...claims, active: true, token_type: tokenTypeOf(claims.cnf) };
    } catch (error) {
      if (error instanceof InvalidTokenError) return undefined;
      throw error;
    }
  }

  private async refreshToken(token: string): Promise<Introspection | undefined> {
    const found = await this.refreshTokens.find(token);
    const client = found && (await this.clients.find(found.clientId));
    if (!client || found.used || found.expired || found.revoked) return undefined;
    return {
      active: true,
      iss: this.config.issuer,
      sub: this.subjects.of(client, found.userId),
      client_id: found.clientId,
      scope: formatScope(found.scopes),
      iat: found.issuedAt,
      exp: found.exp,
      grant_id: found.grantId,
    };
  }
}
