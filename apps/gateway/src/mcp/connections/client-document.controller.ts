import { Problem } from '@gatehouse/http';
import { LimitsGuard } from '@gatehouse/throttling';
import { Controller, Get, Header, Inject, Param, UseGuards } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import { LoginClients } from '../../login/login-clients.service.js';
import { callbackUri, documentUri } from './addresses.js';
import { clientMetadata } from './client-metadata.js';
import { OAuthServers } from './oauth-servers.service.js';

/** `/.gatehouse/mcp/clients/SERVER`: the gateway as a client of the authorization server of an MCP server. */
@Controller('.gatehouse/mcp/clients')
@UseGuards(LimitsGuard)
export class ClientDocumentController {
  constructor(
    private readonly servers: OAuthServers,
    private readonly logins: LoginClients,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** OAuth Client ID Metadata Document §4. */
  @Get(':server')
  @Header('cache-control', 'public, max-age=300')
  document(@Param('server') name: string) {
    if (!this.servers.get(name)) throw new Problem(404, 'There is no such client.');
    const sites = this.logins.all().flatMap((login) => login.sites);
    const redirectUris = new Set(sites.map((site) => callbackUri(site, name)));
    return { client_id: documentUri(this.config.gatewayUrl, name), ...clientMetadata([...redirectUris]) };
  }
}
