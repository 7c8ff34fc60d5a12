import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts that users connected at MCP servers, and the gateway as it is registered where they are. */
export class McpAccounts1764800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE gateway.mcp_account (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        server text NOT NULL,
        issuer text NOT NULL,
        subject text NOT NULL,
        scope text,
        sealed text NOT NULL,
        connected_at timestamptz NOT NULL DEFAULT now(),
        renewed_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT mcp_account_of_user UNIQUE (server, issuer, subject)
      );
      CREATE TABLE gateway.mcp_client (
        issuer text NOT NULL,
        redirect_uri text NOT NULL,
        server text NOT NULL,
        sealed text NOT NULL,
        registered_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (issuer, redirect_uri)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE gateway.mcp_account, gateway.mcp_client');
  }
}
