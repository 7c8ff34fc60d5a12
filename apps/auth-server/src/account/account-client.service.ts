import { clientMetadata } from '@gatehouse/client';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** On whose behalf these pages ask people to sign in. It can get no tokens. */
export const ACCOUNT_CLIENT = 'gatehouse-account';

/** Registers that client at the first start. */
@Injectable()
export class AccountClient implements OnApplicationBootstrap {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  async onApplicationBootstrap(): Promise<void> {
    const metadata = clientMetadata.parse({
      client_name: 'your account',
      grant_types: [],
      token_endpoint_auth_method: 'none',
      first_party: true,
    });
    await this.database.query(
      `INSERT INTO auth.client (client_id, metadata, origin) VALUES ($1, $2, 'seed') ON CONFLICT DO NOTHING`,
      [ACCOUNT_CLIENT, JSON.stringify(metadata)],
    );
  }
}
