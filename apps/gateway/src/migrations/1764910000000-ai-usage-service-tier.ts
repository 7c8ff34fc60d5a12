import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AiUsageServiceTier1764910000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gateway.ai_usage ADD COLUMN service_tier text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gateway.ai_usage DROP COLUMN service_tier');
  }
}
