import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Initial1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE auth.client (
        client_id text PRIMARY KEY,
        secret_hash text,
        metadata jsonb NOT NULL,
        origin text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE auth.client_redirect_uri (
        uri text NOT NULL,
        client_id text NOT NULL REFERENCES auth.client ON DELETE CASCADE,
        exclusive boolean NOT NULL,
        PRIMARY KEY (uri, client_id)
      );
      CREATE UNIQUE INDEX client_redirect_uri_exclusive ON auth.client_redirect_uri (uri) WHERE exclusive;
      CREATE INDEX client_redirect_uri_client ON auth.client_redirect_uri (client_id);

      CREATE TABLE auth.user_account (
        id uuid PRIMARY KEY,
        username text NOT NULL UNIQUE,
        password_hash text NOT NULL,
        name text NOT NULL,
        email text,
        email_verified boolean NOT NULL DEFAULT false,
        administrator boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE auth.consent (
        user_id uuid NOT NULL REFERENCES auth.user_account ON DELETE CASCADE,
        client_id text NOT NULL REFERENCES auth.client ON DELETE CASCADE,
        scopes text[] NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, client_id)
      );

      CREATE TABLE auth.oauth_grant (
        id uuid PRIMARY KEY,
        client_id text NOT NULL REFERENCES auth.client ON DELETE CASCADE,
        user_id uuid NOT NULL REFERENCES auth.user_account ON DELETE CASCADE,
        scopes text[] NOT NULL,
        resources text[] NOT NULL,
        auth_time timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        revoked_at timestamptz
      );
      CREATE INDEX oauth_grant_client ON auth.oauth_grant (client_id);
      CREATE INDEX oauth_grant_user ON auth.oauth_grant (user_id);

      CREATE TABLE auth.refresh_token (
        hash text PRIMARY KEY,
        grant_id uuid NOT NULL REFERENCES auth.oauth_grant ON DELETE CASCADE,
        issued_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        successor text
      );
      CREATE INDEX refresh_token_grant ON auth.refresh_token (grant_id);
      CREATE INDEX refresh_token_expires ON auth.refresh_token (expires_at);

      CREATE TABLE auth.signing_key (
        kid text PRIMARY KEY,
        alg text NOT NULL,
        public_jwk jsonb NOT NULL,
        sealed_private_key text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE auth.revocation (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        value text NOT NULL,
        before timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX revocation_value ON auth.revocation (value, kind);
      CREATE INDEX revocation_expires ON auth.revocation (expires_at);

      CREATE TABLE auth.resource_scope (
        resource text NOT NULL,
        scope text NOT NULL,
        description text NOT NULL,
        PRIMARY KEY (resource, scope)
      );

      CREATE TABLE auth.audit_event (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        type text NOT NULL,
        client_id text,
        user_id text,
        address text,
        detail jsonb NOT NULL
      );
      CREATE INDEX audit_event_at ON auth.audit_event (at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE auth.audit_event, auth.resource_scope, auth.revocation, auth.signing_key, auth.refresh_token,
        auth.oauth_grant, auth.consent, auth.user_account, auth.client_redirect_uri, auth.client;
    `);
  }
}
