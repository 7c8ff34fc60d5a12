import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { ResourcesService } from '../../apps/auth-server/src/resources/resources.service.js';
import { UsersService } from '../../apps/auth-server/src/users/users.service.js';
import { ConfigObjects } from '../../apps/gateway/src/configuration/config-objects.service.js';
import { createGateway } from '../../apps/gateway/src/testing.js';
import { freePort } from '../../apps/launcher/src/ports.js';
import { AuthServer, GATEWAY, ISSUER, type TestClient } from '../auth-server/auth-server.js';
import { TEST_SECRET } from '../support/app.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json } from './provider-server.js';
import { openAiAnswer } from './wire-shapes.js';

const ACCOUNT = `${GATEWAY}/account/v1`;
const PATH = '/account/v1/ai-keys';
const DAY = 86_400_000;

interface Key {
  readonly id: string;
  readonly secret: string;
  readonly usable: boolean;
  readonly expires_at: string;
}

interface Said {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & { errors?: { pointer: string; detail: string }[] };
}

describe('keys that people make for themselves', () => {
  let auth: AuthServer;
  let gateway: AiGateway;
  let replica: NestFastifyApplication;
  let replicaUrl: string;
  let client: TestClient;
  let anna: Person;
  let ben: Person;

  interface Person {
    readonly subject: string;
    readonly token: string;
  }

  beforeAll(async () => {
    auth = await AuthServer.start({ GATEHOUSE_SECRET: TEST_SECRET });
    await auth.get(ResourcesService).put(ACCOUNT, { 'ai-keys': 'Make keys for AI models', 'ai-other': 'x' });
    const settings = {
      GATEHOUSE_SECRET: TEST_SECRET,
      GATEHOUSE_ISSUER: ISSUER,
      GATEHOUSE_AUTH_INTERNAL_URL: auth.url,
      GATEHOUSE_GATEWAY_URL: GATEWAY,
    };
    gateway = await startAiGateway(settings);
    const port = await freePort();
    replicaUrl = `http://127.0.0.1:${port}`;
    replica = await createGateway({ ...settings, DATABASE_URL: gateway.databaseUrl }, []);
    await replica.listen({ port, host: '127.0.0.1' });
    client = await auth.client({ scope: 'openid offline_access ai-keys ai-other' });
    [anna, ben] = [await person('anna'), await person('ben')];
    const guards = [{ type: 'api_key', personal_keys: true }];
    await gateway.addRoute({ name: 'own', match: { paths: ['/own'] }, ai: {}, guards });
    await gateway.addRoute({
      name: 'shut',
      match: { paths: ['/shut'] },
      ai: {},
      guards: [{ type: 'api_key' }],
    });
  }, 120_000);
  afterAll(async () => {
    await replica?.close();
    await gateway?.stop();
    await auth?.stop();
  });
  beforeEach(() => gateway.openai.reset(json(openAiAnswer)));

  async function person(username: string): Promise<Person> {
    const { id } = await auth
      .get(UsersService)
      .create({ username, password: `${username}-Pa55word`, name: username });
    return { subject: id, token: await tokenOf(id, 'ai-keys') };
  }

  async function tokenOf(userId: string, scope: string): Promise<string> {
    const { access_token: token } = await auth.tokens(client, {
      userId,
      scopes: [scope],
      resources: [ACCOUNT],
    });
    return token!;
  }

  let teams = 0;
  /** A team of anna and ben, unless it is said otherwise. */
  async function team(keys: object | undefined, members = [anna.subject, ben.subject]): Promise<string> {
    const name = `team${++teams}`;
    await gateway.add('teams', { name, members, ...(keys ? { keys } : {}) });
    return name;
  }

  const change = (name: string, keys: object | undefined, members = [anna.subject, ben.subject]) =>
    gateway.replace('teams', name, { name, members, ...(keys ? { keys } : {}) });

  async function ask(
    token: string | undefined,
    method: string,
    path = '',
    body?: object,
    url = gateway.url,
  ): Promise<Said> {
    const got = await fetch(`${url}${PATH}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await got.text();
    return { status: got.status, headers: got.headers, body: (text ? JSON.parse(text) : {}) as Said['body'] };
  }

  async function make(owner: Person, of: string, more: object = {}): Promise<Key> {
    const { status, body } = await ask(owner.token, 'POST', '', { name: 'laptop', team: of, ...more });
    expect([status, body.errors]).toEqual([201, undefined]);
    return body as unknown as Key;
  }

  const call = async ({ secret }: Pick<Key, 'secret'>, model = 'gpt', route = 'own') =>
    (
      await gateway.post(
        `/${route}/v1/chat/completions`,
        { model, messages: [{ role: 'user', content: 'Hi' }] },
        { authorization: `Bearer ${secret}` },
      )
    ).status;

  const listed = async (owner: Person) => {
    const { body } = await ask(owner.token, 'GET');
    return body as unknown as { keys: Key[]; teams: { name: string }[] };
  };

  it('are told once, kept as a hash, and leave audit events', async () => {
    const of = await team({ per_member: 2, models: ['gpt', 'flash'], max_days: 30 });
    const { status, headers, body } = await ask(anna.token, 'POST', '', {
      name: 'laptop',
      team: of,
      metadata: { project: 'search' },
    });
    const { id, secret, ...about } = body as unknown as Key;
    expect([status, headers.get('cache-control'), headers.get('location')]).toEqual([
      201,
      'no-store',
      `${PATH}/${id}`,
    ]);
    expect(about).toMatchObject({ name: 'laptop', team: of, usable: true, metadata: { project: 'search' } });
    expect(Math.abs(Date.parse(about.expires_at) - Date.now() - 30 * DAY)).toBeLessThan(60_000);
    expect(await call({ secret })).toBe(200);
    const shown = await listed(anna);
    expect(shown.keys.find((one) => one.id === id)).toMatchObject({ id, ...about });
    expect(shown.teams).toContainEqual({ name: of, per_member: 2, models: ['gpt', 'flash'], max_days: 30 });
    const database = new pg.Client(gateway.databaseUrl);
    await database.connect();
    try {
      const { rows } = await database.query('SELECT definition::text FROM gateway.config_object');
      expect(JSON.stringify(rows)).toContain(id);
      expect(JSON.stringify(rows)).not.toContain(secret);
      const events = await database.query(
        "SELECT type, user_id, client_id FROM gateway.audit_event WHERE detail ->> 'name' = $1",
        [id],
      );
      expect(events.rows).toEqual([
        { type: 'config.created', user_id: anna.subject, client_id: client.clientId },
      ]);
    } finally {
      await database.end();
    }
  });

  it('tell when they were last used, and what they have cost in this month', async () => {
    const key = await make(anna, await team({ per_member: 1 }));
    const use = async () => {
      const { keys } = await listed(anna);
      return keys.find(({ id }) => id === key.id) as unknown as { last_used_at?: string; this_month: object };
    };
    const { last_used_at: never, this_month: nothing } = await use();
    expect([never, nothing]).toEqual([undefined, { calls: 0, usd: 0 }]);
    const [before] = [Date.now(), await call(key), await call(key)];
    for (let tries = 0; tries < 100 && (await use()).last_used_at === undefined; tries++) await sleep(50);
    const { last_used_at: last, this_month: month } = await use();
    expect(Math.abs(Date.parse(last!) - before)).toBeLessThan(10_000);
    expect(month).toEqual({ calls: 2, usd: expect.any(Number) as number });
    expect((month as { usd: number }).usd).toBeGreaterThan(0);
  });

  it('of 20 that are made at once at two replicas are as many as the team allows', async () => {
    const of = await team({ per_member: 3 });
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        ask(
          anna.token,
          'POST',
          '',
          { name: `key ${index}`, team: of },
          index % 2 === 0 ? gateway.url : replicaUrl,
        ),
      ),
    );
    expect(made.filter(({ status }) => status === 201)).toHaveLength(3);
    const refused = made.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(17);
    expect(refused[0]!.body.errors).toEqual([
      { pointer: '/team', detail: expect.stringContaining('delete one first') as string },
    ]);
    // Somebody else has as many of their own, and what is deleted makes room.
    await make(ben, of);
    expect(
      (await ask(anna.token, 'DELETE', `/${String(made.find((one) => one.status === 201)!.body.id)}`)).status,
    ).toBe(204);
    await make(anna, of);
  });

  it('are made within the rules alone, and each fault names its member and what would do', async () => {
    const of = await team({ per_member: 5, models: ['gpt'], max_days: 7 });
    const others = await team({ per_member: 5 }, [ben.subject]);
    const without = await team(undefined);
    const faults = async (body: object) => {
      const got = await ask(anna.token, 'POST', '', { name: 'laptop', team: of, ...body });
      return [got.status, got.body.errors?.map(({ pointer }) => pointer), got.body] as const;
    };
    const late = new Date(Date.now() + 8 * DAY).toISOString();
    const past = new Date(Date.now() - DAY).toISOString();
    expect((await faults({ models: ['gpt', 'claude'] })).slice(0, 2)).toEqual([422, ['/models/1']]);
    expect((await faults({ expires_at: late })).slice(0, 2)).toEqual([422, ['/expires_at']]);
    expect((await faults({ expires_at: past })).slice(0, 2)).toEqual([422, ['/expires_at']]);
    expect((await faults({ name: '' })).slice(0, 2)).toEqual([422, ['/name']]);
    expect((await faults({ expires_at: late }))[2].errors![0]!.detail).toContain('7 days');
    // A team of others is as one that does not exist.
    const [unknown, foreign, none] = await Promise.all(
      ['nothing', others, without].map((name) => faults({ team: name })),
    );
    expect(unknown!.slice(0, 2)).toEqual([422, ['/team']]);
    expect(foreign).toEqual(unknown);
    expect(none).toEqual(unknown);
    expect((await listed(anna)).teams.map(({ name }) => name)).not.toContain(others);
  });

  it('are for their models, as far as the team still allows these', async () => {
    const of = await team({ per_member: 5, models: ['gpt', 'flash'] });
    const [one, all] = [await make(anna, of, { models: ['gpt'] }), await make(anna, of)];
    expect([await call(one), await call(one, 'flash'), await call(all, 'claude')]).toEqual([200, 404, 404]);
    await change(of, { per_member: 5, models: ['flash'] });
    expect([await call(one), await call(all)]).toEqual([401, 404]);
    expect((await listed(anna)).keys.find(({ id }) => id === one.id)!.usable).toBe(false);
    await change(of, { per_member: 0, models: ['gpt'] });
    expect([await call(one), await call(all)]).toEqual([401, 401]);
  });

  it('stop working when their owner leaves the team, the team goes, or its rules do', async () => {
    const keys = { per_member: 5, max_days: 30 };
    const of = await team(keys);
    const [mine, bens] = [await make(anna, of), await make(ben, of)];
    expect([await call(mine), await call(bens)]).toEqual([200, 200]);
    await change(of, keys, [ben.subject]);
    expect([await call(mine), await call(bens)]).toEqual([401, 200]);
    expect((await ask(anna.token, 'POST', `/${mine.id}/rotate`, {})).status).toBe(409);
    await change(of, undefined);
    expect(await call(bens)).toBe(401);
    await gateway.app.get(ConfigObjects, { strict: false }).delete('teams', of);
    expect(await call(bens)).toBe(401);
    expect((await ask(anna.token, 'DELETE', `/${mine.id}`)).status).toBe(204);
  });

  it('end when they expire, and when they are older than the team allows by now', async () => {
    const of = await team({ per_member: 5, max_days: 30 });
    const [one, other] = [await make(anna, of), await make(anna, of)];
    const objects = gateway.app.get(ConfigObjects, { strict: false });
    const past = new Date(Date.now() - 1_000).toISOString();
    await objects.patch('personal-keys', one.id, { expires_at: past });
    expect([await call(one), await call(other)]).toEqual([401, 200]);
    const { definition } = await objects.read('personal-keys', other.id);
    const [secret] = (definition as { secrets: object[] }).secrets;
    const created_at = new Date(Date.now() - 10 * DAY).toISOString();
    await objects.patch('personal-keys', other.id, { secrets: [{ ...secret, created_at }] });
    expect(await call(other)).toBe(200);
    await change(of, { per_member: 5, max_days: 9 });
    expect(await call(other)).toBe(401);
  });

  it('are rotated by their owner', async () => {
    const of = await team({ per_member: 1 });
    const before = await make(anna, of);
    const rotate = async (body?: object) =>
      (await ask(anna.token, 'POST', `/${before.id}/rotate`, body)).body as unknown as Key;
    const second = await rotate();
    expect([second.id, await call(before), await call(second)]).toEqual([before.id, 401, 200]);
    const third = await rotate({ overlap_seconds: 600 });
    expect([await call(second), await call(third)]).toEqual([200, 200]);
    const late = { expires_at: new Date(Date.now() + 91 * DAY).toISOString() };
    const refused = await ask(anna.token, 'POST', `/${before.id}/rotate`, late);
    expect([refused.status, refused.body.errors![0]!.pointer]).toEqual([422, '/expires_at']);
  });

  it('of somebody else are as if they did not exist', async () => {
    const of = await team({ per_member: 5 });
    const key = await make(anna, of);
    const none = await ask(ben.token, 'DELETE', '/own-0');
    for (const [method, path] of [
      ['DELETE', `/${key.id}`],
      ['POST', `/${key.id}/rotate`],
    ] as const) {
      const got = await ask(ben.token, method, path);
      expect([got.status, got.body]).toEqual([404, none.body]);
    }
    expect((await listed(ben)).keys.map(({ id }) => id)).not.toContain(key.id);
    expect(await call(key)).toBe(200);
  });

  it('are counted for their owner, for their team alone, and for themselves', async () => {
    const [of, elsewhere] = [await team({ per_member: 5 }), await team({ per_member: 5 })];
    const about = { unit: 'requests', per: 'month', unknown: 'skip' };
    const [first, second] = [await make(anna, of), await make(anna, of)];
    const [bens, other] = [await make(ben, of), await make(anna, elsewhere)];
    const only = { teams: [of] };
    await gateway.add('ai-budgets', { ...about, name: 'key', of: 'key', limit: 1, only });
    expect([await call(first), await call(first), await call(second)]).toEqual([200, 429, 200]);
    await gateway.replace('ai-budgets', 'key', { ...about, name: 'user', of: 'user', limit: 1, only });
    expect([await call(first), await call(second), await call(bens)]).toEqual([200, 429, 200]);
    expect(await call(other)).toBe(200);
    await gateway.replace('ai-budgets', 'user', { ...about, name: 'team', of: 'team', limit: 1, only });
    expect([await call(first), await call(bens), await call(other)]).toEqual([200, 429, 200]);
  });

  it('open no route that does not say so', async () => {
    const key = await make(anna, await team({ per_member: 1 }));
    expect([await call(key), await call(key, 'gpt', 'shut')]).toEqual([200, 401]);
  });

  it('are for people: a token of a client, of another scope or none is refused (RFC 9068 §2.2, RFC 6750 §3.1)', async () => {
    const ofClient = await auth.tokenWith('ai-keys');
    const got = await ask(ofClient, 'GET');
    expect([got.status, got.body.detail]).toEqual([403, expect.stringContaining('client_credentials')]);
    expect((await ask(await tokenOf(anna.subject, 'ai-other'), 'GET')).status).toBe(403);
    expect((await ask(await auth.tokenWith('admin'), 'GET')).status).toBe(401);
    const none = await ask(undefined, 'GET');
    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toContain(
      '/.well-known/oauth-protected-resource/account/v1',
    );
  });
});
