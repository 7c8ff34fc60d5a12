import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AiUsageCache1764710000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gateway.ai_usage ADD COLUMN cache text, ADD COLUMN saved numeric');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gateway.ai_usage DROP COLUMN saved, DROP COLUMN cache');
  }
}
