import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The index has all that is told of a key, so that the rows themselves are not read. */
export class AiUsageCredential1764900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE gateway.ai_usage ADD COLUMN credential text;
      CREATE INDEX ai_usage_credential ON gateway.ai_usage (credential, at) INCLUDE (calls, cost)
        WHERE credential IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gateway.ai_usage DROP COLUMN credential');
  }
}
