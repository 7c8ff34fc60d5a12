import { dataSourceOptions } from '@gatehouse/database';
import { DataSource } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { databaseSettings } from '../database.js';
import { User } from './user.entity.js';
import { MAX_PASSWORD, normalizeUsername, UsersService } from './users.service.js';

describe('UsersService', () => {
  let database: TestDatabase;
  let source: DataSource;
  let users: UsersService;
  let ada: User;

  beforeAll(async () => {
    database = await createDatabase();
    source = await new DataSource(dataSourceOptions(databaseSettings(database.url))).initialize();
    users = new UsersService(source.getRepository(User));
    ada = await users.create({ username: ' Ada@Example.com ', password: 'a right password', name: 'Ada' });
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it('keeps the password as argon2id with 19 MiB and two passes, and nowhere else', async () => {
    const [row] = await source.query<Record<string, unknown>[]>('SELECT * FROM auth.user_account');
    expect(row!.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(JSON.stringify(row)).not.toContain('a right password');
    expect(row).toMatchObject({ username: 'ada@example.com', administrator: false, email_verified: false });
  });

  it('finds users by id and by any way to write their name', async () => {
    expect((await users.find(ada.id))?.name).toBe('Ada');
    expect((await users.findByUsername('ADA@example.com'))?.id).toBe(ada.id);
    expect((await users.findByUsername('ａda@example.com'))?.id).toBe(ada.id);
  });

  it.each(['nobody', '', 'a\0b', 'x'.repeat(10_000), "' OR 1=1 --"])(
    'finds nobody by %j',
    async (username) => {
      expect(await users.findByUsername(username)).toBeUndefined();
    },
  );

  it.each(['', 'x', '../../etc', "00000000-0000-0000-0000-000000000000'"])(
    'finds nobody by the id %j',
    async (id) => {
      expect(await users.find(id)).toBeUndefined();
    },
  );

  it('has each name once', async () => {
    const again = users.create({ username: 'ADA@EXAMPLE.COM', password: 'x', name: 'Eve' });
    await expect(again).rejects.toThrow(/unique|duplicate/i);
  });

  it('authenticates by the right password alone', async () => {
    expect((await users.authenticate('ada@example.com', 'a right password'))?.id).toBe(ada.id);
    for (const wrong of [
      '',
      'A right password',
      'a right password ',
      'a right password\0',
      'x'.repeat(MAX_PASSWORD + 1),
    ]) {
      expect(await users.authenticate('ada@example.com', wrong)).toBeUndefined();
    }
  });

  it('takes as long for an unknown user as for a wrong password', async () => {
    const median = async (username: string) => {
      const times: number[] = [];
      for (let round = 0; round < 9; round += 1) {
        const start = performance.now();
        await users.authenticate(username, 'wrong');
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[4]!;
    };
    await median('ada@example.com');
    const [known, unknown] = [await median('ada@example.com'), await median('nobody@example.com')];
    expect(unknown / known).toBeGreaterThan(0.5);
    expect(unknown / known).toBeLessThan(2);
  });

  it('replaces a password', async () => {
    const { id } = await users.create({ username: 'eve', password: 'old', name: 'Eve' });
    await users.setPassword(id, 'new');
    expect(await users.authenticate('eve', 'old')).toBeUndefined();
    expect((await users.authenticate('eve', 'new'))?.id).toBe(id);
  });
});

describe('normalizeUsername', () => {
  it.each([
    [' Ada ', 'ada'],
    ['Ａｄａ', 'ada'],
    ['ﬁona', 'fiona'],
    ['e\u0301mile', 'émile'],
  ])('of %j is %j', (written, expected) => {
    expect(normalizeUsername(written)).toBe(expected);
  });

  it('is bounded', () => {
    expect(normalizeUsername('x'.repeat(100_000)).length).toBeLessThan(1_000);
  });
});
