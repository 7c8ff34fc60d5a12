import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsersService } from '../../apps/auth-server/src/users/users.service.js';
import { createDatabase } from '../support/database.js';
import { AuthServer } from './auth-server.js';

interface DemoFile {
  issuer: string;
  gateway: string;
  admin: { username: string; password: string; client_id: string; client_secret: string };
  user: { username: string; password: string };
  client: { client_id: string; client_secret: string; redirect_uris: string[] };
  api: { url: string; audience: string; scopes: string[] };
}

describe('what the server makes at its start', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-'));
    file = join(folder, 'demo.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = () => JSON.parse(readFileSync(file, 'utf8')) as DemoFile;
  const start = (from?: AuthServer, more: Record<string, string> = {}) =>
    AuthServer.start({ GATEHOUSE_DEMO_FILE: file, ...more }, from?.database);

  /** Whether everything that demo.json promises is so. */
  async function works(server: AuthServer, demo: DemoFile): Promise<boolean> {
    const statuses: number[] = [];
    for (const [{ client_id: clientId, client_secret: secret }, scope] of [
      [demo.admin, 'admin'],
      [demo.client, 'demo:read'],
    ] as const) {
      const answer = await server.post(
        '/oauth2/token',
        { grant_type: 'client_credentials', scope },
        { clientId, secret },
      );
      statuses.push(answer.status);
    }
    const users = server.get(UsersService);
    const people = [demo.admin, demo.user].map((one) => users.authenticate(one.username, one.password));
    const known = (await Promise.all(people)).every((user) => user !== undefined);
    return known && statuses.every((status) => status === 200);
  }

  it('demo.json tells the truth, and only its owner may read it', async () => {
    const server = await start();
    const demo = read();
    expect(demo).toMatchObject({
      issuer: 'http://issuer.test',
      gateway: 'https://gateway.test',
      client: { client_id: 'demo-app', redirect_uris: ['http://localhost:3000/callback'] },
      api: {
        url: 'https://gateway.test/demo',
        audience: 'https://gateway.test/demo',
        scopes: ['demo:read', 'demo:write'],
      },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await works(server, demo)).toBe(true);
    await server.stop();
  });

  it('a second start keeps credentials, signing keys and tokens', async () => {
    const first = await start();
    const demo = read();
    const client = await first.client();
    const tokens = await first.tokens(client);
    const keys = (await first.fetch('/jwks')).body;
    await first.close();
    const second = await start(first);
    expect(read()).toEqual(demo);
    expect(await works(second, demo)).toBe(true);
    expect((await second.fetch('/jwks')).body).toEqual(keys);
    expect(await second.isActive(client, tokens.access_token)).toBe(true);
    expect((await second.refresh(client, tokens.refresh_token)).status).toBe(200);
    await second.stop();
  });

  it('a lost demo.json is written anew with credentials that work', async () => {
    const first = await start();
    const before = read();
    await first.close();
    writeFileSync(file, '{ half a file');
    const second = await start(first);
    expect(read().client.client_secret).not.toBe(before.client.client_secret);
    expect(await works(second, read())).toBe(true);
    await second.stop();
  });

  it('a new database takes the credentials that an existing demo.json has', async () => {
    const first = await start();
    const before = read();
    await first.stop();
    const second = await start();
    expect(read()).toEqual(before);
    expect(await works(second, before)).toBe(true);
    await second.stop();
  });

  it('follows its settings: addresses that change change at the next start', async () => {
    const first = await start();
    await first.close();
    const second = await start(first, { GATEHOUSE_DEMO_APP_URL: 'http://localhost:3333' });
    expect(read().client.redirect_uris).toEqual(['http://localhost:3333/callback']);
    expect(await works(second, read())).toBe(true);
    await second.stop();
  });

  it('replicas that start together agree on one set of everything', async () => {
    const database = await createDatabase();
    const servers = await Promise.all(
      [1, 2, 3].map(() => AuthServer.start({ GATEHOUSE_DEMO_FILE: file }, database)),
    );
    for (const server of servers) expect(await works(server, read())).toBe(true);
    const [first, second] = servers as [AuthServer, AuthServer];
    expect((await first.fetch('/jwks')).body).toEqual((await second.fetch('/jwks')).body);
    const client = await first.client();
    const { access_token: token } = await first.tokens(client);
    expect(await second.isActive(client, token)).toBe(true);
    for (const server of servers) await server.close();
    await database.drop();
  });

  it.each([
    ['GATEHOUSE_GATEWAY_URL', 'http://gateway.test'],
    ['GATEHOUSE_DEMO_APP_URL', 'http://app.test'],
    ['GATEHOUSE_DEMO_FILE', '/nowhere/demo.json'],
  ])('%s=%s is refused in one line that names the setting', async (name, value) => {
    const database = await createDatabase();
    await expect(AuthServer.start({ GATEHOUSE_DEMO_FILE: file, [name]: value }, database)).rejects.toThrow(
      expect.objectContaining({
        name: 'StartError',
        message: expect.stringMatching(new RegExp(`^${name}: [^\n]+$`)) as string,
      }) as Error,
    );
    await database.drop();
  });

  it('another GATEHOUSE_SECRET than the one its keys are encrypted under is refused', async () => {
    const first = await start();
    await first.close();
    const other = start(first, { GATEHOUSE_SECRET: 'another-secret-of-the-tests-of-32-characters' });
    await expect(other).rejects.toThrow(/^GATEHOUSE_SECRET: /);
    await first.database.drop();
  });
});
