import { setTimeout as sleep } from 'node:timers/promises';
import { startReplica } from '../gateway/lone-gateway.js';
import { RedisServer } from '../support/redis-server.js';
import { type AccountSite, addressIn, startAccountSite } from './authority/account-site.js';
import type { AskedOf } from './authority/authority.js';
import { callTool } from './mcp-gateway.js';

/** Of access tokens, in seconds: they are renewed at nine tenths of it. */
const LIFETIME = 6;

let store: RedisServer;
let site: AccountSite;
let replica: Awaited<ReturnType<typeof startReplica>>;
let endpoints: string[];

beforeAll(async () => {
  store = await RedisServer.start();
  site = await startAccountSite({ lifetime: LIFETIME }, { REDIS_URL: store.url });
  replica = await startReplica(site.gateway, {
    REDIS_URL: store.url,
    GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true',
  });
  endpoints = [site.url, `${replica.url}/tickets`];
});
afterAll(async () => {
  await replica?.stop();
  await site?.stop();
  await store?.stop();
});

const bearer = async (subject: string) => ({ authorization: `Bearer ${await site.tokenOf(subject)}` });

async function connect(subject: string): Promise<void> {
  const told = await (await callTool(site.url, 'tickets_whoami', await bearer(subject))).json();
  await site.connect(await site.browserOf(subject), addressIn(told), `${subject}-at-tickets`);
}

/** Many calls of each user at once, half of them at each replica. @returns the texts of what they got */
async function callAtOnce(subjects: readonly string[]): Promise<unknown[]> {
  const headers = await Promise.all(subjects.map(bearer));
  const calls = headers.flatMap((own) =>
    Array.from({ length: 8 }, (_, i) => callTool(endpoints[i % 2]!, 'tickets_whoami', own)),
  );
  return Promise.all(
    calls.map(async (call) => {
      const { result } = (await (await call).json()) as { result?: { content: { text: string }[] } };
      return result?.content[0]?.text;
    }),
  );
}

const refreshes = async (): Promise<AskedOf[]> =>
  (await site.authority.asked('/token')).filter(({ body }) => body.grant_type === 'refresh_token');

describe('two replicas that see at once that the token of a user has ended', () => {
  const subjects = ['ada', 'bob', 'cyd'];
  beforeAll(async () => {
    for (const subject of subjects) await connect(subject);
  });

  it.each(['first', 'second'])(
    'RFC 9700 §4.14.2: have it renewed once, as a refresh token is good for one use: the %s time',
    async () => {
      await sleep(LIFETIME * 1_000);
      const before = (await refreshes()).length;
      const texts = await callAtOnce(subjects);
      expect(texts).toEqual(Array(texts.length).fill('tickets'));
      const renewed = (await refreshes()).slice(before);
      expect(renewed.map(({ status }) => status)).toEqual([200, 200, 200]);
      const used = renewed.map(({ body }) => body.refresh_token);
      expect(new Set(used).size).toBe(subjects.length);
    },
  );

  it('have one renewed once that the server does not take', async () => {
    await connect('dan');
    const [{ answer }] = (await site.authority.asked('/token')).slice(-1) as [AskedOf];
    await makeOlder('dan');
    site.server.refused.add(String(answer.access_token));
    const before = (await refreshes()).length;
    const texts = await callAtOnce(['dan']);
    expect(texts).toEqual(Array(8).fill('tickets'));
    expect(await refreshes()).toHaveLength(before + 1);
  });

  it('that an account has ended at one is known at the other', async () => {
    await connect('eve');
    expect(await callAtOnce(['eve'])).toEqual(Array(8).fill('tickets'));
    const { body, answer } = (await site.authority.asked('/token')).at(-1)!;
    await site.authority.revoke(String(answer.refresh_token), String(body.client_id));
    await sleep(LIFETIME * 1_000);
    const before = (await refreshes()).length;
    for (const text of await callAtOnce(['eve'])) expect(text).toContain('Connect your account at tickets');
    expect((await refreshes()).slice(before).map(({ status }) => status)).toEqual([400]);
  });
});

/** A token that is as young as a server's refusal would be no better renewed: as if it had been got some time ago. */
async function makeOlder(subject: string): Promise<void> {
  const { AccountStore } = await import('../../apps/gateway/src/mcp/connections/account-store.service.js');
  const accounts = site.gateway.app.get(AccountStore, { strict: false });
  const person = { issuer: site.issuer.url, subject };
  const server = { name: 'tickets', url: site.server.url };
  const account = (await accounts.find(person, server))!;
  await accounts.put(person, server, { ...account, issuedAt: account.issuedAt - 120_000 });
}
