import { Injectable, Logger } from '@nestjs/common';
import {
  processRefreshTokenResponse,
  processRevocationResponse,
  refreshTokenGrantRequest,
  ResponseBodyError,
  revocationRequest,
} from 'oauth4webapi';
import { McpProblem } from '../protocol/mcp-problem.js';
import { type Account, accountWith } from './account.js';
import { AuthorizationServers } from './authorization-servers.service.js';
import type { UsableServer } from './find-authorization-server.js';
import { OAuthRequests } from './oauth-requests.service.js';
import type { OAuthServer } from './oauth-server.js';
import { type OwnClient, OwnClients } from './own-clients.service.js';

/** The authorization server will not renew it, whenever it is asked (RFC 6749 §5.2). */
const OVER = new Set(['invalid_grant', 'invalid_client', 'unauthorized_client']);

interface At {
  readonly issuer: UsableServer;
  readonly own: OwnClient;
}

/** Has tokens of accounts renewed and revoked. */
@Injectable()
export class AccountTokens {
  private readonly logger = new Logger(AccountTokens.name);

  constructor(
    private readonly servers: AuthorizationServers,
    private readonly clients: OwnClients,
    private readonly requests: OAuthRequests,
  ) {}

  /** RFC 6749 §6. @returns undefined when it cannot be renewed any more. @throws McpProblem 503 */
  async refresh(server: OAuthServer, account: Account): Promise<Account | undefined> {
    const { refreshToken, resource } = account;
    if (refreshToken === undefined) return undefined;
    try {
      const at = await this.at(server, account);
      if (!at) return undefined;
      const { issuer, own } = at;
      const options = { ...this.requests.options, additionalParameters: { resource } };
      const { client, authentication } = own;
      const asked = refreshTokenGrantRequest(issuer, client, authentication, refreshToken, options);
      return accountWith(await processRefreshTokenResponse(issuer, client, await asked), account);
    } catch (error) {
      if (error instanceof ResponseBodyError && OVER.has(error.error)) return undefined;
      this.logger.warn(`An account at ${server.name} cannot be renewed: ${(error as Error).message}`);
      throw new McpProblem(503, `The account at ${server.name} cannot be renewed just now.`, {
        fault: 'upstream_credentials_unavailable',
        headers: { 'retry-after': '1' },
      });
    }
  }

  /** RFC 7009; where it cannot be done, the tokens end by themselves. */
  async revoke(server: OAuthServer, account: Account): Promise<void> {
    try {
      const at = await this.at(server, account);
      if (at?.issuer.revocation_endpoint === undefined) return;
      const { issuer, own } = at;
      const token = account.refreshToken ?? account.accessToken;
      const { options } = this.requests;
      await processRevocationResponse(
        await revocationRequest(issuer, own.client, own.authentication, token, options),
      );
    } catch (error) {
      this.logger.warn(
        `The tokens of an account at ${server.name} cannot be revoked: ${(error as Error).message}`,
      );
    }
  }

  /** @returns undefined where the gateway is another client there by now */
  private async at(server: OAuthServer, account: Account): Promise<At | undefined> {
    const issuer = await this.servers.of(account.issuer);
    const own = await this.clients.at(server, issuer, account.redirectUri);
    return own.client.client_id === account.clientId ? { issuer, own } : undefined;
  }
}
