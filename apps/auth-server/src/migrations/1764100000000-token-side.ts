import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Bound refresh tokens, and what each resource wants of its access tokens. */
export class TokenSide1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.refresh_token ADD COLUMN confirmation jsonb;

      CREATE TABLE auth.resource (
        resource text PRIMARY KEY,
        access_token_format text NOT NULL DEFAULT 'jwt',
        access_token_lifetime integer,
        access_token_signing_alg text NOT NULL DEFAULT 'ES256',
        claims_mapping jsonb NOT NULL DEFAULT '{}'
      );

      ALTER TABLE auth.user_account
        ADD COLUMN profile jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.user_account DROP COLUMN profile, DROP COLUMN updated_at;
      DROP TABLE auth.resource;
      ALTER TABLE auth.refresh_token DROP COLUMN confirmation;
    `);
  }
}
