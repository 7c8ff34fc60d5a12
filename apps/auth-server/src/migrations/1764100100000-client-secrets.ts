import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ClientSecrets1764100100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE auth.client ADD sealed_secret text, ADD retiring_secret jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE auth.client DROP sealed_secret, DROP retiring_secret`);
  }
}
