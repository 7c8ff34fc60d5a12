import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AiGuardrailEvents1764730000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gateway.ai_usage ADD COLUMN guardrail_events jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gateway.ai_usage DROP COLUMN guardrail_events');
  }
}
