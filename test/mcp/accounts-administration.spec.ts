import { AccountStore } from '../../apps/gateway/src/mcp/connections/account-store.service.js';
import { Accounts } from '../../apps/gateway/src/mcp/connections/accounts.service.js';
import { RegisteredClients } from '../../apps/gateway/src/mcp/connections/registered-clients.service.js';
import { type AdministeredGateway, startAdministeredGateway } from '../gateway/administered-gateway.js';

const SECRET = 'a-secret-of-the-operator-0123456789';
const ISSUER = 'https://people.test';
const AUTHORITY = 'https://as.example.com';

describe('accounts of users, by the admin API', () => {
  let gateway: AdministeredGateway;

  beforeAll(async () => {
    gateway = await startAdministeredGateway();
  });
  afterAll(() => gateway?.stop());

  const create = (name: string, auth: object) =>
    gateway.admin('POST', '/mcp-servers', {
      name,
      url: 'https://mcp.example.com/mcp',
      auth: { type: 'oauth', ...auth },
    });
  const client = { authorization_server: AUTHORITY, client_id: 'gateway' };

  it('APIPark#401: the secret of the client goes in and never out', async () => {
    const answers = [
      await create('set', { ...client, client_secret: SECRET }),
      await gateway.admin('GET', '/mcp-servers/set'),
      await gateway.admin('GET', '/configuration'),
      await gateway.admin('GET', '/audit-events?kind=mcp-servers'),
    ];
    expect(answers[0]!.json).toMatchObject({ auth: { type: 'oauth', ...client } });
    for (const { text } of answers) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain('sealed');
    }
  });

  it('a change that leaves it out keeps it, unless it would go elsewhere', async () => {
    const patch = (change: object) => gateway.admin('PATCH', '/mcp-servers/set', change);
    expect((await patch({ auth: { scopes: ['a'] } })).status).toBe(200);
    for (const change of [
      { url: 'https://evil.example/mcp' },
      { auth: { authorization_server: 'https://evil.example' } },
      { auth: { client_id: 'another' } },
    ]) {
      const got = await patch(change);
      expect([got.status, got.json.errors]).toMatchObject([422, [{ pointer: '/auth/client_secret' }]]);
    }
  });

  it.each<[object, string]>([
    [{ client_id: 'x' }, '/auth/authorization_server'],
    [{ client_secret: SECRET }, '/auth/client_id'],
    [{ authorization_server: 'https://127.0.0.1', client_id: 'x' }, '/auth/authorization_server'],
    [{ authorization_server: 'http://as.example.com' }, '/auth/authorization_server'],
    [{ scopes: ['a b'] }, '/auth/scopes/0'],
    [{ token: 'x' }, '/auth'],
  ])('%o is refused', async (auth, pointer) => {
    const got = await create('wrong', auth);
    expect([got.status, got.json.errors]).toMatchObject([422, [{ pointer }]]);
  });

  const account = {
    accessToken: 'an-access-token-0123456789',
    refreshToken: 'a-refresh-token-0123456789',
    renewAt: undefined,
    issuedAt: 0,
    issuer: AUTHORITY,
    clientId: 'gateway',
    redirectUri: 'https://gateway.test/callback',
    resource: 'https://mcp.example.com/mcp',
    scope: 'a b',
  };
  async function connect(subject: string, name: string): Promise<void> {
    const server = { name, url: 'https://mcp.example.com/mcp', auth: { type: 'oauth' as const } };
    await gateway.app.get(Accounts, { strict: false }).connect({ issuer: ISSUER, subject }, server, account);
  }
  const list = async (query = '') => {
    const { text, json } = await gateway.admin('GET', `/mcp-accounts${query}`);
    expect(text).not.toMatch(/-token-/);
    return json as unknown as {
      mcp_accounts: { id: string; subject: string; server: string }[];
      next_cursor?: string;
    };
  };

  it('are listed page by page, and never with a token', async () => {
    for (const subject of ['ada', 'bob']) for (const name of ['set', 'gone']) await connect(subject, name);
    expect((await list('?server=set')).mcp_accounts.map(({ subject }) => subject).sort()).toEqual([
      'ada',
      'bob',
    ]);
    expect((await list(`?issuer=${ISSUER}&subject=ada`)).mcp_accounts).toHaveLength(2);
    expect((await list('?subject=nobody')).mcp_accounts).toEqual([]);
    const first = await list('?limit=3');
    const second = await list(`?limit=3&cursor=${first.next_cursor}`);
    expect(new Set([...first.mcp_accounts, ...second.mcp_accounts].map(({ id }) => id)).size).toBe(4);
    expect(first.mcp_accounts[0]).toEqual({
      id: expect.any(String) as string,
      server: expect.any(String) as string,
      issuer: ISSUER,
      subject: expect.any(String) as string,
      scope: 'a b',
      connected_at: expect.any(String) as string,
      renewed_at: expect.any(String) as string,
    });
  });

  it('are taken away one by one: calls have them no longer, at once', async () => {
    const accounts = gateway.app.get(Accounts, { strict: false });
    const server = { name: 'set', url: 'https://mcp.example.com/mcp', auth: { type: 'oauth' as const } };
    const person = { issuer: ISSUER, subject: 'ada' };
    expect(await accounts.token(person, server)).toBe(account.accessToken);
    const { id } = (await list('?server=set&subject=ada')).mcp_accounts[0]!;
    expect((await gateway.admin('DELETE', `/mcp-accounts/${id}`)).status).toBe(204);
    expect(await accounts.token(person, server)).toBeUndefined();
    expect((await gateway.admin('DELETE', `/mcp-accounts/${id}`)).status).toBe(404);
    expect((await gateway.admin('DELETE', '/mcp-accounts/x')).status).toBe(404);
  });

  it('are taken away all at once, of a server that is gone, too; then the gateway registers anew', async () => {
    const clients = gateway.app.get(RegisteredClients, { strict: false });
    const place = { server: 'gone', issuer: AUTHORITY, redirectUri: account.redirectUri };
    await clients.add(place, { client_id: 'registered', client_secret: SECRET });
    expect(await clients.find(AUTHORITY, account.redirectUri)).toMatchObject({ client_id: 'registered' });
    expect((await gateway.admin('DELETE', '/mcp-accounts')).json.errors).toMatchObject([
      { pointer: '/server' },
    ]);
    expect((await gateway.admin('DELETE', '/mcp-accounts?server=gone')).status).toBe(204);
    expect((await list()).mcp_accounts.map(({ server }) => server)).toEqual(['set']);
    expect(await clients.find(AUTHORITY, account.redirectUri)).toBeUndefined();
  });

  it('only for administrators', async () => {
    expect((await fetch(`${gateway.url}/admin/v1/mcp-accounts`)).status).toBe(401);
  });

  it('AccountStore opens what it keeps for that user at that address alone', async () => {
    const store = gateway.app.get(AccountStore, { strict: false });
    const server = { name: 'set', url: 'https://mcp.example.com/mcp' };
    expect(await store.find({ issuer: ISSUER, subject: 'bob' }, server)).toMatchObject({ scope: 'a b' });
    expect(await store.find({ issuer: ISSUER, subject: 'eve' }, server)).toBeUndefined();
    expect(
      await store.find({ issuer: ISSUER, subject: 'bob' }, { ...server, url: 'https://x.test/' }),
    ).toBeUndefined();
  });
});
