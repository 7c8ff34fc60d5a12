import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the removal of expired rows, and of clients, goes by. */
export class Expiry1764300100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX oauth_grant_created ON auth.oauth_grant (created_at, id);
      CREATE INDEX consent_client ON auth.consent (client_id);
      CREATE INDEX logout_delivery_client ON auth.logout_delivery (client_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP INDEX auth.oauth_grant_created, auth.consent_client, auth.logout_delivery_client',
    );
  }
}
