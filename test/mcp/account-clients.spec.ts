import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AccountSite,
  addressIn,
  onwardOf,
  pressConnect,
  startAccountSite,
} from './authority/account-site.js';
import { callTool } from './mcp-gateway.js';

const SECRET = 'a-secret-of-the-operator-0123456789';
let site: AccountSite;
let headers: Record<string, string>;

beforeAll(async () => {
  site = await startAccountSite({ lifetime: 4 });
  headers = { authorization: `Bearer ${await site.tokenOf('ada')}` };
});
afterAll(() => site?.stop());

const whoami = async (name: string) =>
  (await callTool(`${site.gateway.url}/${name}`, `${name}_whoami`, headers)).json() as Promise<{
    result: { isError?: boolean; content: { text: string }[] };
  }>;

/** The page after the form by which an account at a server is connected. */
async function pressed(name: string) {
  const browser = await site.browserOf('ada');
  const page = await browser.open(`${site.gateway.url}/.gatehouse/mcp/connect/${name}?client=staff`);
  return pressConnect(browser, page);
}

describe('the gateway as a client of authorization servers', () => {
  it('RFC 7591: registers where nothing else is said', async () => {
    const page = await site.connect(
      await site.browserOf('ada'),
      addressIn(await whoami('tickets')),
      'ada-there',
    );
    expect(page.text).toContain('tickets is connected');
    expect(await site.authority.asked('/reg')).toHaveLength(1);
  });

  it('renews a token before it ends', async () => {
    expect((await whoami('tickets')).result.content[0]!.text).toBe('tickets');
    await sleep(4_100);
    site.server.accounts.length = 0;
    expect((await whoami('tickets')).result.content[0]!.text).toBe('tickets');
    expect(site.server.accounts).not.toContain(undefined);
    expect((await site.authority.asked('/token')).at(-1)!.body.grant_type).toBe('refresh_token');
  });

  it('is the one that the operator says', async () => {
    const { url } = site.authority;
    await site.addServer('set', { authorization_server: url, client_id: 'set', client_secret: SECRET });
    const onward = new URL(onwardOf(await pressed('set')));
    expect([onward.origin, onward.searchParams.get('client_id')]).toEqual([url, 'set']);
    expect(await site.authority.asked('/reg')).toHaveLength(1);
  });

  it('asks for the scopes that the operator says, or that the challenge of the server names (MCP, Scope Selection Strategy)', async () => {
    await site.addServer('scoped', { scopes: ['tickets:read'] });
    const scopeOf = async (name: string) => new URL(onwardOf(await pressed(name))).searchParams.get('scope');
    expect(await scopeOf('scoped')).toBe('tickets:read offline_access');
    site.server.challenge = ', scope="tickets:write"';
    expect(await scopeOf('tickets')).toBe('tickets:write offline_access');
    site.server.challenge = '';
  });
});

describe('a server that cannot be trusted with what it says', () => {
  afterEach(() => {
    site.server.metadata.resource = site.server.url;
    site.server.metadata.authorization_servers = [site.authority.url];
  });

  it.each<[string, { resource?: string; authorization_servers?: string[] }]>([
    ['RFC 9728 §3.3: metadata of another resource', { resource: 'https://bank.example/mcp' }],
    ['metadata of a part of it', { resource: '' }],
    ['an authorization server that is no URL', { authorization_servers: ['javascript:alert(1)'] }],
    ['an authorization server elsewhere by http', { authorization_servers: ['http://as.example'] }],
    ['no authorization server', { authorization_servers: [] }],
  ])('%s: nobody is sent on', async (_, metadata) => {
    Object.assign(site.server.metadata, metadata);
    if (metadata.resource === '') site.server.metadata.resource = `${site.server.url}/part`;
    const page = await pressed('tickets');
    expect([page.status, page.headers.refresh]).toEqual([403, undefined]);
    expect(page.text).toContain('Your account is not connected');
  });
});
