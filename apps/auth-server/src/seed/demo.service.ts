import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { StartError } from '@gatehouse/http';
import { newSecret } from '@gatehouse/token';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import { ClientsService } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { ResourcesService } from '../resources/resources.service.js';
import { type NewUser, UsersService } from '../users/users.service.js';
import { putClient } from './put-client.js';

const SCOPES = { 'demo:read': 'Read from the demo API', 'demo:write': 'Write to the demo API' };

const credentials = z.object({ username: z.string(), password: z.string().min(1) });
const clientCredentials = z.object({ client_id: z.string(), client_secret: z.string().min(1) });

/** The part of demo.json that is kept from start to start: what was made up at the first one. */
const secrets = z.object({
  admin: z.object({ ...credentials.shape, ...clientCredentials.shape }),
  user: credentials,
  client: clientCredentials,
});

type Secrets = z.output<typeof secrets>;

/** The demo's people, clients and API, and the file that tells about them. */
@Injectable()
export class Demo {
  private readonly logger = new Logger(Demo.name);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clients: ClientsService,
    private readonly resources: ResourcesService,
    private readonly users: UsersService,
  ) {}

  async seed(): Promise<void> {
    const { gatewayUrl, demoAppUrl } = this.config;
    const { admin, user, client } = this.readSecrets() ?? generateSecrets();
    await this.resources.put(`${gatewayUrl}/demo`, SCOPES);
    await this.putUser({ ...admin, name: 'Administrator', administrator: true });
    await this.putUser({ ...user, name: 'Demo User', email: 'demo@example.com', emailVerified: true });
    await putClient(this.clients, {
      clientId: admin.client_id,
      secret: admin.client_secret,
      metadata: { client_name: 'Administration', grant_types: ['client_credentials'], scope: 'admin' },
    });
    const redirectUris = [`${demoAppUrl}/callback`];
    const metadata = {
      client_name: 'Demo app',
      client_uri: demoAppUrl,
      redirect_uris: redirectUris,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      scope: `openid profile email offline_access ${Object.keys(SCOPES).join(' ')}`,
    };
    await putClient(this.clients, {
      clientId: client.client_id,
      secret: client.client_secret,
      metadata,
      setting: 'GATEHOUSE_DEMO_APP_URL',
    });
    this.write({ admin, user, client: { ...client, redirect_uris: redirectUris } });
  }

  private async putUser(user: NewUser): Promise<void> {
    const existing = await this.users.findByUsername(user.username);
    if (!existing) await this.users.create(user);
    else if (!(await this.users.authenticate(user.username, user.password))) {
      // The file was lost and new credentials were made up: they must be the ones that work.
      await this.users.setPassword(existing.id, user.password);
    }
  }

  private readSecrets(): Secrets | undefined {
    if (!this.config.demoFile) return undefined;
    try {
      return secrets.parse(JSON.parse(readFileSync(this.config.demoFile, 'utf8')));
    } catch {
      return undefined;
    }
  }

  private write(demo: object): void {
    const { demoFile, issuer, gatewayUrl } = this.config;
    if (!demoFile) return;
    const url = `${gatewayUrl}/demo`;
    const api = { url, audience: url, scopes: Object.keys(SCOPES) };
    try {
      writeFileSync(
        `${demoFile}.new`,
        `${JSON.stringify({ issuer, gateway: gatewayUrl, ...demo, api }, null, 2)}\n`,
        {
          mode: 0o600,
        },
      );
      renameSync(`${demoFile}.new`, demoFile);
    } catch (error) {
      throw new StartError(`GATEHOUSE_DEMO_FILE: ${demoFile} cannot be written: ${(error as Error).message}`);
    }
    this.logger.log(`The demo's addresses and credentials are in ${demoFile}`);
  }
}

function generateSecrets(): Secrets {
  const password = () => newSecret().slice(0, 20);
  return {
    admin: {
      username: 'admin',
      password: password(),
      client_id: 'gatehouse-admin',
      client_secret: newSecret(),
    },
    user: { username: 'demo', password: password() },
    client: { client_id: 'demo-app', client_secret: newSecret() },
  };
}
