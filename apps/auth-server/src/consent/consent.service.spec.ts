import { randomUUID } from 'node:crypto';
import { dataSourceOptions } from '@gatehouse/database';
import { DataSource } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { databaseSettings } from '../database.js';
import { Consent } from './consent.entity.js';
import { ConsentService } from './consent.service.js';

describe('ConsentService', () => {
  let database: TestDatabase;
  let source: DataSource;
  let consents: ConsentService;
  let userId: string;

  beforeAll(async () => {
    database = await createDatabase();
    source = await new DataSource(dataSourceOptions(databaseSettings(database.url))).initialize();
    consents = new ConsentService(source.getRepository(Consent));
    for (const id of ['one', 'two']) {
      await source.query(`INSERT INTO auth.client (client_id, metadata, origin) VALUES ($1, '{}', 'admin')`, [
        id,
      ]);
    }
  });
  beforeEach(async () => {
    userId = randomUUID();
    await source.query(
      `INSERT INTO auth.user_account (id, username, password_hash, name) VALUES ($1::uuid, $1::text, '', '')`,
      [userId],
    );
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it('allows nothing that nobody agreed to', async () => {
    expect(await consents.allows(userId, 'one', ['openid'])).toBe(false);
  });

  it('allows what was agreed to, and parts of it, to that client alone', async () => {
    await consents.remember(userId, 'one', ['openid', 'demo:read']);
    expect(await consents.allows(userId, 'one', ['demo:read', 'openid'])).toBe(true);
    expect(await consents.allows(userId, 'one', ['demo:read'])).toBe(true);
    expect(await consents.allows(userId, 'one', ['demo:read', 'demo:write'])).toBe(false);
    expect(await consents.allows(userId, 'two', ['demo:read'])).toBe(false);
    expect(await consents.allows(randomUUID(), 'one', ['demo:read'])).toBe(false);
  });

  it('adds up, also when two windows agree at once', async () => {
    const scopes = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(scopes.map((scope) => consents.remember(userId, 'one', [scope, 'openid'])));
    expect(await consents.allows(userId, 'one', [...scopes, 'openid'])).toBe(true);
    const [row] = await source.query<Consent[]>('SELECT scopes FROM auth.consent WHERE user_id = $1', [
      userId,
    ]);
    expect(row!.scopes).toHaveLength(6);
  });
});
