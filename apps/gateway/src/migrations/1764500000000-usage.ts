import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Usage1764500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE gateway.usage (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        route text,
        api text,
        method text NOT NULL,
        status smallint NOT NULL,
        consumer text,
        client text,
        subject text,
        upstream text,
        part text,
        bytes_in bigint NOT NULL,
        bytes_out bigint NOT NULL,
        duration_ms double precision NOT NULL,
        upstream_ms double precision,
        tries smallint NOT NULL,
        fault text,
        cache text,
        calls bigint NOT NULL
      );
      CREATE INDEX usage_at ON gateway.usage USING brin (at) WITH (pages_per_range = 32);
      CREATE TABLE gateway.usage_batch (
        id uuid PRIMARY KEY,
        written_at timestamptz NOT NULL DEFAULT now()
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE gateway.usage_batch, gateway.usage');
  }
}
