import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeyRotation1764100200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.signing_key ADD active_at timestamptz NOT NULL DEFAULT now();
      UPDATE auth.signing_key SET active_at = created_at;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE auth.signing_key DROP active_at`);
  }
}
