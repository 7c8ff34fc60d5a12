import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who uploaded a file to a provider, or made a batch there: nobody else finds it. */
export class AiObjects1764770000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE gateway.ai_objects (
        number bigint GENERATED ALWAYS AS IDENTITY,
        provider text NOT NULL,
        id text NOT NULL,
        kind text NOT NULL,
        owner text NOT NULL,
        key text,
        object jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (provider, id)
      );
      CREATE INDEX ai_objects_owner ON gateway.ai_objects (owner, provider, kind, number);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE gateway.ai_objects');
  }
}
