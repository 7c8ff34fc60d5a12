import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AuthorizationDetailsTypes1764200000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE auth.authorization_details_type (
        type text PRIMARY KEY,
        title text NOT NULL,
        schema jsonb NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE auth.authorization_details_type');
  }
}
