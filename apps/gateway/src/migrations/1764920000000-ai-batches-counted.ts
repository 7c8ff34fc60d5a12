import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For whom a batch is counted, and that it was. Those that are there already are not counted afterwards. */
export class AiBatchesCounted1764920000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE gateway.ai_objects ADD COLUMN made_by jsonb, ADD COLUMN counted_at timestamptz;
      UPDATE gateway.ai_objects SET counted_at = now() WHERE kind = 'batch';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gateway.ai_objects DROP COLUMN counted_at, DROP COLUMN made_by');
  }
}
