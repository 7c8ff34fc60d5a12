import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a grant keeps of its request besides scopes and resources. */
export class GrantRequests1764200000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.oauth_grant
        ADD COLUMN amr text[] NOT NULL DEFAULT '{}',
        ADD COLUMN claims jsonb,
        ADD COLUMN authorization_details jsonb;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.oauth_grant DROP COLUMN amr, DROP COLUMN claims, DROP COLUMN authorization_details;
    `);
  }
}
