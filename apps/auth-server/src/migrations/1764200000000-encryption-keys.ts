import type { MigrationInterface, QueryRunner } from 'typeorm';

export class EncryptionKeys1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE auth.encryption_key (
        kid text PRIMARY KEY,
        alg text NOT NULL UNIQUE,
        public_jwk jsonb NOT NULL,
        sealed_private_key text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE auth.encryption_key');
  }
}
