import type { MigrationInterface, QueryRunner } from 'typeorm';

export class DisabledUsers1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE auth.user_account ADD COLUMN disabled_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE auth.user_account DROP COLUMN disabled_at');
  }
}
