import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which login session a grant came from, and the logout tokens that are on their way. */
export class Logout1764000500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.oauth_grant ADD COLUMN session_id text;
      CREATE INDEX oauth_grant_session ON auth.oauth_grant (session_id) WHERE session_id IS NOT NULL;

      CREATE TABLE auth.logout_delivery (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        client_id text NOT NULL REFERENCES auth.client ON DELETE CASCADE,
        user_id text NOT NULL,
        sid text NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        next_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX logout_delivery_next ON auth.logout_delivery (next_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE auth.logout_delivery;
      ALTER TABLE auth.oauth_grant DROP COLUMN session_id;
    `);
  }
}
