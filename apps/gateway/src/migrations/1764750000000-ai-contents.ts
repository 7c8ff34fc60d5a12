import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AiContents1764750000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE gateway.ai_contents (
        call_id uuid PRIMARY KEY,
        at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        route text NOT NULL,
        operation text NOT NULL,
        dialect text NOT NULL,
        model text,
        sealed text NOT NULL
      );
      CREATE INDEX ai_contents_expires_at ON gateway.ai_contents (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE gateway.ai_contents');
  }
}
