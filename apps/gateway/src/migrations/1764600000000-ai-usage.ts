import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AiUsage1764600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE gateway.ai_usage (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        call_id uuid,
        route text,
        api text,
        consumer text,
        client text,
        subject text,
        operation text NOT NULL,
        dialect text NOT NULL,
        model text,
        provider text,
        served_model text,
        key_name text,
        stream boolean NOT NULL,
        status smallint NOT NULL,
        finish text,
        fault text,
        tries bigint NOT NULL,
        first_token_ms double precision,
        duration_ms double precision NOT NULL,
        input_tokens bigint,
        output_tokens bigint,
        cache_read_tokens bigint,
        cache_write_tokens bigint,
        reasoning_tokens bigint,
        audio_input_tokens bigint,
        audio_output_tokens bigint,
        estimated boolean NOT NULL,
        cost numeric,
        calls bigint NOT NULL
      );
      CREATE INDEX ai_usage_at ON gateway.ai_usage USING brin (at) WITH (pages_per_range = 32);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE gateway.ai_usage');
  }
}
