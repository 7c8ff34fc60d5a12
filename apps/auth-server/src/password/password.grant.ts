import { OAuthError } from '@gatehouse/http';
import { Injectable, Logger } from '@nestjs/common';
import { Audit } from '../audit/audit.service.js';
import { readScopes } from '../authorize/requested-scopes.js';
import { ResourcesService } from '../resources/resources.service.js';
import { type GrantHandler, GrantType, type TokenRequest, type TokenResponse } from '../token/grant-type.js';
import { UserGrants } from '../token/user-grants.service.js';
import { PasswordLogins } from '../users/password-logins.service.js';

/** How often the log reminds of a client that still uses it. */
const REMIND_MS = 3_600_000;
const REMINDED_CLIENTS = 1_000;

/**
 * RFC 6749 §4.3, for those who are on their way away from it (RFC 9700 §2.4 forbids it to everybody else): clients that
 * an administrator lets use it, with the limits of the login page.
 */
@Injectable()
@GrantType('password')
export class PasswordGrant implements GrantHandler {
  private readonly logger = new Logger(PasswordGrant.name);
  private readonly reminded = new Map<string, number>();

  constructor(
    private readonly logins: PasswordLogins,
    private readonly resources: ResourcesService,
    private readonly grants: UserGrants,
    private readonly audit: Audit,
  ) {}

  async handle(request: TokenRequest): Promise<TokenResponse> {
    const { client, parameters, resource, address } = request;
    // Whoever registers itself is not on its way from anywhere.
    if (client.origin !== 'admin' && client.origin !== 'seed')
      throw new OAuthError(
        'unauthorized_client',
        'The grant type password is for clients of an administrator',
      );
    const { username, password, scope } = parameters;
    if (username === undefined || password === undefined)
      throw new OAuthError('invalid_request', 'username or password is missing (RFC 6749 section 4.3.2)');
    // Before the password is looked at: a request that must fail is no way to try one.
    const target = await this.resources.resolve(readScopes(client, scope), resource);
    this.remind(client.clientId);
    const user = await this.logins.authenticate(username, password, address);
    if (!user) {
      this.audit.record({ type: 'login.failed', clientId: client.clientId, address });
      throw new OAuthError('invalid_grant', 'The user name or the password is not right');
    }
    this.audit.record({ type: 'login.succeeded', clientId: client.clientId, userId: user.id, address });
    const authTime = Math.floor(Date.now() / 1000);
    return this.grants.issue(request, { ...target, userId: user.id, authTime, amr: ['pwd'] }, false);
  }

  private remind(clientId: string): void {
    const now = Date.now();
    if (now - (this.reminded.get(clientId) ?? 0) < REMIND_MS) return;
    if (this.reminded.size >= REMINDED_CLIENTS) this.reminded.clear();
    this.reminded.set(clientId, now);
    this.logger.warn(
      `The client ${clientId} uses the grant type password, which hands it people's passwords; docs/migration.md shows the way out`,
    );
  }
}
