import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Registration1764000400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.client ADD COLUMN registration_token_hash text, ADD COLUMN registration_terms jsonb,
        ADD COLUMN used_at timestamptz, ADD COLUMN metadata_fresh_until timestamptz;
      CREATE INDEX client_unused ON auth.client (coalesce(used_at, created_at))
        WHERE origin IN ('dynamic', 'metadata_document');

      CREATE TABLE auth.initial_access_token (
        id uuid PRIMARY KEY,
        hash text NOT NULL UNIQUE,
        note text NOT NULL,
        uses_left integer NOT NULL,
        grant_types text[],
        scopes text[],
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX initial_access_token_expires ON auth.initial_access_token (expires_at);

      CREATE TABLE auth.software_statement_issuer (
        issuer text PRIMARY KEY,
        jwks jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE auth.software_statement_issuer, auth.initial_access_token;
      ALTER TABLE auth.client DROP COLUMN registration_token_hash, DROP COLUMN registration_terms, DROP COLUMN used_at,
        DROP COLUMN metadata_fresh_until;
    `);
  }
}
