import pg from 'pg';
import { createDatabase, createEmptyDatabase } from './database.js';

describe('test databases', () => {
  it('are separate from each other', async () => {
    const [one, two] = await Promise.all([createDatabase(), createEmptyDatabase()]);
    const client = new pg.Client(one.url);
    await client.connect();
    await client.query('CREATE TABLE mine (id int)');
    await client.end();
    const other = new pg.Client(two.url);
    await other.connect();
    await expect(other.query('SELECT * FROM mine')).rejects.toThrow('does not exist');
    await other.end();
    await Promise.all([one.drop(), two.drop()]);
  });
});
