import pg from 'pg';
import type { Browser } from '../../examples/demo-flow/src/browser.js';
import {
  type AccountSite,
  addressIn,
  onwardOf,
  pressConnect,
  startAccountSite,
} from './authority/account-site.js';
import { callTool, handshakeClient, post, statelessClient } from './mcp-gateway.js';

let site: AccountSite;

beforeAll(async () => {
  site = await startAccountSite();
});
afterAll(() => site?.stop());
beforeEach(() => {
  site.server.received.length = 0;
  site.server.accounts.length = 0;
});

const bearer = async (subject: string) => ({ authorization: `Bearer ${await site.tokenOf(subject)}` });
const whoami = async (subject: string) =>
  (await callTool(site.url, 'tickets_whoami', await bearer(subject))).json() as Promise<{
    result: { isError?: boolean; content: { text: string }[] };
  }>;
/** Where a user connects, as a call of theirs says. */
const linkOf = async (subject: string) => addressIn(await whoami(subject));
/** A browser on its way to the authorization server. */
async function begun(subject: string, browser?: Browser): Promise<{ browser: Browser; onward: string }> {
  const own = browser ?? (await site.browserOf(subject));
  return { browser: own, onward: onwardOf(await pressConnect(own, await own.open(await linkOf(subject)))) };
}

describe('a user without an account at a server', () => {
  it('is told in the result of a call where to connect one; the server is not asked', async () => {
    const { result } = await whoami('eve');
    expect(result.isError).toBe(true);
    expect(result.content[0]!.text).toMatch(
      /^Connect your account at tickets first: open http:\S+\/\.gatehouse\/mcp\/connect\/tickets\?for=[\w-]{22}&client=staff in a browser, then try again\.$/,
    );
    expect(site.server.received).toEqual([]);
  });

  it('sees a tool that says so in place of those of the server', async () => {
    const got = await post(site.url, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, await bearer('eve'));
    const { result } = (await got.json()) as { result: { tools: { name: string }[] } };
    expect(result.tools.map(({ name }) => name)).toEqual(['tickets_connect_account']);
    const called = await callTool(site.url, 'tickets_connect_account', await bearer('eve'));
    expect(addressIn(await called.json())).toBe(await linkOf('eve'));
  });

  it('is told the same of resources and prompts; lists have none', async () => {
    const headers = await bearer('eve');
    const ask = async (method: string, params: object = {}) => {
      const got = await post(site.url, { jsonrpc: '2.0', id: 1, method, params }, headers);
      return (await got.json()) as { result?: unknown; error?: { data: unknown } };
    };
    expect((await ask('resources/list')).result).toEqual({ resources: [] });
    expect((await ask('resources/templates/list')).result).toEqual({ resourceTemplates: [] });
    expect((await ask('prompts/list')).result).toEqual({ prompts: [] });
    const url = await linkOf('eve');
    const uri = 'gatehouse://tickets/file:///notes/today.txt';
    expect((await ask('resources/read', { uri })).error).toMatchObject({ data: { url } });
    expect((await ask('prompts/get', { name: 'tickets_greet' })).error).toMatchObject({ data: { url } });
    expect(site.server.received).toEqual([]);
  });

  it('MCP 2025-11-25, URL Elicitation Required Error: a client that declares it is asked by −32042', async () => {
    const initialize = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: { elicitation: { form: {}, url: {} } },
        clientInfo: { name: 'test', version: '1' },
      },
    };
    const headers = await bearer('eve');
    const session = (await post(site.url, initialize, headers)).headers.get('mcp-session-id')!;
    const got = await callTool(site.url, 'tickets_whoami', { ...headers, 'mcp-session-id': session });
    expect(await got.json()).toMatchObject({
      error: {
        code: -32042,
        data: {
          elicitations: [
            { mode: 'url', url: await linkOf('eve'), elicitationId: expect.any(String) as string },
          ],
        },
      },
    });
  });

  it('MCP 2026-07-28, Elicitation: a client that declares it asks the user, and goes on when they are ready', async () => {
    const client = await statelessClient(site.url, await bearer('una'), {
      elicitation: { form: {}, url: {} },
    });
    const asked: unknown[] = [];
    const connected: Promise<unknown>[] = [];
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      asked.push(params);
      // The user agrees to open the address: that they are ready comes later.
      const connecting = site
        .browserOf('una')
        .then((browser) => site.connect(browser, (params as { url: string }).url, 'una-at-tickets'));
      connected.push(connecting);
      return { action: 'accept' };
    });
    const result = await client.callTool({ name: 'tickets_whoami', arguments: {} });
    expect(result.content).toEqual([{ type: 'text', text: 'tickets' }]);
    expect(asked).toEqual([
      {
        mode: 'url',
        message: 'The server tickets needs your account there.',
        url: expect.any(String) as string,
      },
    ]);
    await Promise.all(connected);
    expect(JSON.stringify(site.server.received)).not.toContain('gatehouse.connect');
    await client.close();
  });

  it('MCP 2026-07-28: a user who declines is told, and not asked again', async () => {
    const client = await statelessClient(site.url, await bearer('eve'), { elicitation: { url: {} } });
    let asked = 0;
    client.setRequestHandler('elicitation/create', () => {
      asked++;
      return { action: 'decline' };
    });
    const result = await client.callTool({ name: 'tickets_whoami', arguments: {} });
    expect([asked, result.isError]).toEqual([1, true]);
    await client.close();
  });
});

describe('connecting an account', () => {
  it('asks for it as MCP says: registered, with PKCE, state and resource', async () => {
    const { onward } = await begun('ada');
    const url = new URL(onward);
    expect(url.origin).toBe(site.authority.url);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: expect.any(String) as string,
      redirect_uri: `${site.gateway.url}/.gatehouse/mcp/callback/tickets`,
      // RFC 8707 §2.
      resource: site.server.url,
      // RFC 7636 §4.2.
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: 'S256',
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      scope: 'tickets:read tickets:write offline_access',
      prompt: 'consent',
    });
    // RFC 7591 §2, once for all users.
    await begun('bob');
    const registrations = await site.authority.asked('/reg');
    expect(registrations).toHaveLength(1);
    expect(registrations[0]!.body).toMatchObject({
      client_name: 'Gatehouse',
      redirect_uris: [`${site.gateway.url}/.gatehouse/mcp/callback/tickets`],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    });
  });

  it('gives each user their own; a server never sees the token that a call came with', async () => {
    for (const subject of ['ada', 'bob']) {
      const page = await site.connect(
        await site.browserOf(subject),
        await linkOf(subject),
        `${subject}-at-tickets`,
      );
      expect([page.status, page.text]).toEqual([
        200,
        expect.stringContaining('tickets is connected') as string,
      ]);
    }
    site.server.received.length = site.server.accounts.length = 0;
    const headers = { ada: await bearer('ada'), bob: await bearer('bob') };
    for (const subject of ['ada', 'bob', 'ada'] as const) {
      const got = await callTool(site.url, 'tickets_whoami', headers[subject]);
      expect(await got.json()).toMatchObject({ result: { content: [{ text: 'tickets' }] } });
      expect(site.server.accounts.at(-1)).toBe(`${subject}-at-tickets`);
    }
    const seen = JSON.stringify(site.server.received);
    for (const { authorization } of Object.values(headers))
      expect(seen).not.toContain(authorization.slice(7));
    for (const { body } of await site.authority.asked('/token')) expect(body.resource).toBe(site.server.url);
  });

  it('reads what the server has for them then', async () => {
    const client = await statelessClient(site.url, await bearer('ada'));
    const uri = 'gatehouse://tickets/file:///notes/today.txt';
    expect((await client.readResource({ uri })).contents).toMatchObject([{ uri }]);
    expect(site.server.accounts.at(-1)).toBe('ada-at-tickets');
    await client.close();
  });

  it('lists the tools of the server then; the one that connects says that it is done', async () => {
    const client = await handshakeClient(site.url, await bearer('ada'));
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain('tickets_echo');
    expect(names).not.toContain('tickets_connect_account');
    const { content } = await client.callTool({ name: 'tickets_connect_account' });
    expect(JSON.stringify(content)).toContain('List the tools again');
    await client.close();
  });

  it('keeps tokens encrypted', async () => {
    const tokens = (await site.authority.asked('/token')).flatMap(({ answer }) => [
      String(answer.access_token),
      String(answer.refresh_token),
    ]);
    const client = new pg.Client({ connectionString: site.gateway.databaseUrl });
    await client.connect();
    const { rows } = await client.query('SELECT * FROM gateway.mcp_account');
    await client.end();
    expect(rows.length).toBeGreaterThan(1);
    expect(tokens.length).toBeGreaterThan(3);
    for (const token of tokens) expect(JSON.stringify(rows)).not.toContain(token);
  });
});

describe('whose account it becomes', () => {
  it('MCP, Phishing: a link that was made for one user connects nothing for another', async () => {
    const browser = await site.browserOf('mallory');
    const page = await browser.open(await linkOf('carol'));
    expect([page.status, page.forms]).toEqual([403, []]);
    expect(page.text).toContain('This link is for another account');
    const link = new URL(await linkOf('carol'));
    const posted = await browser.submit(
      { action: link.href, method: 'POST', fields: { action: 'connect' }, types: {}, buttons: [] },
      {},
    );
    expect(posted.status).toBe(403);
    for (const subject of ['carol', 'mallory']) expect((await whoami(subject)).result.isError).toBe(true);
  });

  it('nobody is sent on who is not signed in: they sign in first, and come back', async () => {
    await site.browserOf('carol');
    const { Browser } = await import('../../examples/demo-flow/src/browser.js');
    const page = await new Browser().open(await linkOf('carol'));
    expect([page.status, page.url]).toEqual([200, await linkOf('carol')]);
  });

  it.each<[string, (address: string, browser: Browser) => Promise<{ browser: Browser; address: string }>]>([
    [
      'RFC 6749 §10.12: the browser of somebody else',
      async (address) => ({ browser: await site.browserOf('mallory'), address }),
    ],
    [
      'another session of the same user',
      async (address) => ({ browser: await site.browserOf('carol'), address }),
    ],
    [
      'RFC 9207 §2.4: an answer of another issuer',
      (address, browser) => {
        const url = new URL(address);
        url.searchParams.set('iss', 'https://evil.example');
        return Promise.resolve({ browser, address: url.href });
      },
    ],
    [
      'RFC 9207 §2.4: an answer that does not name its issuer, though it always would',
      (address, browser) => {
        const url = new URL(address);
        url.searchParams.delete('iss');
        return Promise.resolve({ browser, address: url.href });
      },
    ],
    [
      'RFC 9700 §4.4: an answer at the address of another server',
      async (address, browser) => {
        await site.addServer('other').catch(() => undefined);
        return { browser, address: address.replace('/callback/tickets', '/callback/other') };
      },
    ],
    [
      'RFC 6749 §3.1: a parameter twice',
      (address, browser) => Promise.resolve({ browser, address: `${address}&code=x` }),
    ],
    [
      'a state that is none',
      (address, browser) => Promise.resolve({ browser, address: address.replace(/state=[^&]+/, 'state=x') }),
    ],
  ])('%s is refused, and the code is not redeemed', async (_, changed) => {
    const { browser, onward } = await begun('carol');
    await site.authority.signsInAs('carol-at-tickets');
    const answer = await browser.open(onward, { stopAt: `${site.gateway.url}/.gatehouse/mcp/callback` });
    const redeemed = (await site.authority.asked('/token')).length;
    const other = await changed(answer.url, browser);
    const page = await other.browser.open(other.address);
    expect([page.status, page.text]).toEqual([
      403,
      expect.stringContaining('Your account is not connected') as string,
    ]);
    expect(await site.authority.asked('/token')).toHaveLength(redeemed);
    expect((await whoami('carol')).result.isError).toBe(true);
  });

  it('an answer is good once', async () => {
    const { browser, onward } = await begun('dora');
    await site.authority.signsInAs('dora-at-tickets');
    const answer = await browser.open(onward, { stopAt: `${site.gateway.url}/.gatehouse/mcp/callback` });
    expect((await browser.open(answer.url)).status).toBe(200);
    expect((await browser.open(answer.url)).status).toBe(403);
  });

  it('a form of another site is refused', async () => {
    const browser = await site.browserOf('carol');
    const page = await browser.open(await linkOf('carol'));
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await browser.submit(page.forms[0]!, {}, { headers })).status).toBe(403);
  });

  it('a user who does not agree is told; nothing is kept', async () => {
    const { browser, onward } = await begun('carol');
    const url = new URL(onward);
    const back = new URL(url.searchParams.get('redirect_uri')!);
    back.search = new URLSearchParams({
      error: 'access_denied',
      error_description: '<b>a text of anybody</b>',
      state: url.searchParams.get('state')!,
      iss: site.authority.url,
    }).toString();
    const page = await browser.open(back.href);
    expect([page.status, page.text]).toEqual([403, expect.stringContaining('You did not agree') as string]);
    expect(page.body).not.toContain('a text of anybody');
  });
});

describe('an account that is connected', () => {
  const tokensOf = async () => (await site.authority.asked('/token')).map(({ answer }) => answer);

  it('is renewed when the server does not take its token any longer: once for all calls that wait', async () => {
    await site.connect(await site.browserOf('fay'), await linkOf('fay'), 'fay-at-tickets');
    const { access_token: token } = (await tokensOf()).at(-1)!;
    await makeOlder('fay');
    site.server.refused.add(String(token));
    const before = (await tokensOf()).length;
    const answers = await Promise.all(Array.from({ length: 10 }, () => whoami('fay')));
    for (const { result } of answers) expect(result.content[0]!.text).toBe('tickets');
    expect(await tokensOf()).toHaveLength(before + 1);
    expect((await site.authority.asked('/token')).at(-1)!.body).toMatchObject({
      grant_type: 'refresh_token',
      resource: site.server.url,
    });
  });

  it('RFC 6749 §5.2: has to be connected anew where it cannot be renewed', async () => {
    await site.connect(await site.browserOf('gil'), await linkOf('gil'), 'gil-at-tickets');
    const { body, answer } = (await site.authority.asked('/token')).at(-1)!;
    await makeOlder('gil');
    await site.authority.revoke(String(answer.refresh_token), String(body.client_id));
    expect(addressIn(await whoami('gil'))).toContain('/connect/tickets');
    await site.connect(await site.browserOf('gil'), await linkOf('gil'), 'gil-at-tickets');
    expect((await whoami('gil')).result.content[0]!.text).toBe('tickets');
  });

  it('is taken away by its user, with its tokens (RFC 7009)', async () => {
    const browser = await site.browserOf('hal');
    const page = await site.connect(browser, await linkOf('hal'), 'hal-at-tickets');
    const { access_token: token } = (await tokensOf()).at(-1)!;
    expect(await site.authority.accountOf(String(token), site.server.url)).toBe('hal-at-tickets');
    const form = page.forms.find(({ fields }) => fields.action === 'disconnect')!;
    expect((await browser.submit(form, {})).text).toContain('tickets is disconnected');
    expect((await whoami('hal')).result.isError).toBe(true);
    expect(await site.authority.accountOf(String(token), site.server.url)).toBeUndefined();
  });

  it('is not shown to another address, though the name of the server stays', async () => {
    await site.addServer('moving');
    const headers = await bearer('ada');
    const moving = `${site.gateway.url}/moving`;
    const link = addressIn(await (await callTool(moving, 'moving_whoami', headers)).json());
    await site.connect(await site.browserOf('ada'), link, 'ada-at-tickets');
    expect(await (await callTool(moving, 'moving_whoami', headers)).json()).toMatchObject({
      result: { content: [{ text: 'tickets' }] },
    });
    const { ConfigObjects } = await import('../../apps/gateway/src/configuration/config-objects.service.js');
    const objects = site.gateway.app.get(ConfigObjects, { strict: false });
    await objects.patch('mcp-servers', 'moving', { url: 'http://127.0.0.1:9/mcp' });
    expect(addressIn(await (await callTool(moving, 'moving_whoami', headers)).json())).toContain('moving');
  });

  /** As if its token had been got some time ago. */
  async function makeOlder(subject: string): Promise<void> {
    const { AccountStore } = await import('../../apps/gateway/src/mcp/connections/account-store.service.js');
    const store = site.gateway.app.get(AccountStore, { strict: false });
    const person = { issuer: site.issuer.url, subject };
    const server = { name: 'tickets', url: site.server.url };
    const account = (await store.find(person, server))!;
    await store.put(person, server, { ...account, issuedAt: account.issuedAt - 120_000 });
  }
});

describe('a caller who is no user', () => {
  it('has no account anywhere: 403 says so', async () => {
    await site.gateway.addRoute({ name: 'open', match: { paths: ['/open'] }, mcp: { servers: ['tickets'] } });
    const got = await callTool(`${site.gateway.url}/open`, 'tickets_whoami');
    expect([got.status, await got.json()]).toMatchObject([
      403,
      { error: { message: "The MCP server tickets is for users who sign in: call with a user's token." } },
    ]);
  });
});
