import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SoftwareStatementKeys1764300200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.software_statement_issuer ADD COLUMN jwks_uri text, ALTER COLUMN jwks DROP NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM auth.software_statement_issuer WHERE jwks IS NULL;
      ALTER TABLE auth.software_statement_issuer DROP COLUMN jwks_uri, ALTER COLUMN jwks SET NOT NULL;
    `);
  }
}
