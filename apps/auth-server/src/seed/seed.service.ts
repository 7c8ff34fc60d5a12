import { deriveKey } from '@gatehouse/token';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { ClientsService } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { ResourcesService } from '../resources/resources.service.js';
import { Demo } from './demo.service.js';
import { putClient } from './put-client.js';

/** What the deployment itself needs: its own APIs, and the gateway's client. Brought up to date at every start. */
@Injectable()
export class Seed implements OnApplicationBootstrap {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource() private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly resources: ResourcesService,
    private readonly demo: Demo,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const runner = this.database.createQueryRunner();
    // Replicas that start together seed one after the other; the later ones find everything there.
    await runner.query("SELECT pg_advisory_lock(hashtext('gatehouse seed'))");
    try {
      await this.ownResources();
      if (this.config.demo) await this.demo.seed();
      await this.gatewayClient();
      await this.commandLine();
    } finally {
      await runner.query("SELECT pg_advisory_unlock(hashtext('gatehouse seed'))");
      await runner.release();
    }
  }

  private async ownResources(): Promise<void> {
    const { issuer, gatewayUrl } = this.config;
    await this.resources.put(`${issuer}/admin/v1`, { admin: 'Administer Gatehouse' });
    await this.resources.put(`${gatewayUrl}/admin/v1`, { admin: 'Administer Gatehouse' });
    await this.resources.put(`${issuer}/internal`, {
      introspect: 'Inspect any token',
      revocations: 'Follow revocations',
    });
  }

  /** `gatehouse login`: a public client that can do nothing but ask an administrator (RFC 8628). */
  private async commandLine(): Promise<void> {
    const metadata = {
      client_name: 'Gatehouse command line',
      token_endpoint_auth_method: 'none',
      redirect_uris: [],
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
      response_types: [],
      scope: 'admin',
    };
    await putClient(this.clients, { clientId: 'gatehouse-cli', metadata });
  }

  /** The gateway as a client: it follows revocations, introspects, and signs people in. */
  private async gatewayClient(): Promise<void> {
    const { gatewayUrl, demo } = this.config;
    const before = (await this.clients.read('gatehouse-gateway'))?.metadata;
    const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials'];
    const scopes = `openid profile email offline_access introspect revocations${demo ? ' demo:read demo:write' : ''}`;
    const metadata = {
      client_name: 'Gatehouse gateway',
      redirect_uris: [`${gatewayUrl}/.gatehouse/callback`],
      // What an administrator added stays: for token exchange, the grant type, a policy and the upstreams' scopes.
      grant_types: [...new Set([...grantTypes, ...(before?.grant_types ?? [])])],
      scope: [...new Set(`${scopes} ${before?.scope ?? ''}`.trim().split(' '))].join(' '),
      ...(before?.token_exchange ? { token_exchange: before.token_exchange } : {}),
      post_logout_redirect_uris: [`${gatewayUrl}/.gatehouse/signed-out`],
      backchannel_logout_uri: `${gatewayUrl}/.gatehouse/backchannel-logout`,
      backchannel_logout_session_required: true,
      first_party: true,
    };
    const secret =
      this.config.gatewayClientSecret ??
      deriveKey(this.config.secret, 'gatehouse-gateway client secret').toString('base64url');
    await putClient(this.clients, {
      clientId: 'gatehouse-gateway',
      secret,
      metadata,
      setting: 'GATEHOUSE_GATEWAY_URL',
    });
  }
}
