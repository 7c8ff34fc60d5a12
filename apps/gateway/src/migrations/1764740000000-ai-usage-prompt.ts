import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AiUsagePrompt1764740000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gateway.ai_usage ADD COLUMN prompt text, ADD COLUMN prompt_version text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gateway.ai_usage DROP COLUMN prompt_version, DROP COLUMN prompt');
  }
}
