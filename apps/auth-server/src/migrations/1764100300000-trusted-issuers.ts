import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TrustedIssuers1764100300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE auth.trusted_issuer (
        id uuid PRIMARY KEY,
        issuer text NOT NULL UNIQUE,
        jwks jsonb,
        jwks_uri text,
        subject_mapping text NOT NULL,
        subjects text[],
        scopes text[] NOT NULL,
        client_ids text[],
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE auth.trusted_issuer`);
  }
}
