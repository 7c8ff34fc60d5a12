import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A call that was reserved for at budgets may be told of by two processes, where one took the other for dead. */
export class AiReservations1764720000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE gateway.ai_usage ADD COLUMN reservation uuid;
      CREATE UNIQUE INDEX ai_usage_reservation ON gateway.ai_usage (reservation) WHERE reservation IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gateway.ai_usage DROP COLUMN reservation');
  }
}
