import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Bound refresh tokens, and what each resource wants of its access tokens. */
export class TokenSide1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.refresh_token ADD COLUMN confirmation jsonb;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.refresh_token DROP COLUMN confirmation;
    `);
  }
}
