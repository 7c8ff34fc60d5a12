import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One table for every kind of configuration object, and the events that tell who changed them. */
export class Configuration1764400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE gateway.config_object (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        name text NOT NULL,
        definition jsonb NOT NULL,
        -- The version of the configuration that it was last written with.
        version bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        -- Deferred: one change may swap two names.
        CONSTRAINT config_object_name UNIQUE (kind, name) DEFERRABLE INITIALLY DEFERRED
      );
      INSERT INTO gateway.config_object (id, kind, name, definition, created_at, updated_at)
        SELECT id, 'routes', name, definition, created_at, updated_at FROM gateway.route;
      DROP TABLE gateway.route;
      CREATE TABLE gateway.audit_event (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now(),
        type text NOT NULL,
        client_id text,
        user_id text,
        address text,
        detail jsonb NOT NULL
      );
      CREATE INDEX audit_event_at ON gateway.audit_event (at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE gateway.route (
        id uuid PRIMARY KEY,
        name text NOT NULL CONSTRAINT route_name UNIQUE,
        definition jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      INSERT INTO gateway.route (id, name, definition, created_at, updated_at)
        SELECT id, name, definition, created_at, updated_at FROM gateway.config_object WHERE kind = 'routes';
      DROP TABLE gateway.config_object, gateway.audit_event;
    `);
  }
}
