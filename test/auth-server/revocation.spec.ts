import { RevocationFeed } from '../../apps/auth-server/src/revocation/revocation-feed.service.js';
import { RevocationsService } from '../../apps/auth-server/src/revocation/revocations.service.js';
import { Expiry } from '../../apps/auth-server/src/expiry/expiry.service.js';
import { GrantsService } from '../../apps/auth-server/src/grants/grants.service.js';
import { type Answer, API, AuthServer, claimsOf, ISSUER, type TestClient } from './auth-server.js';

describe('introspection and revocation', () => {
  let server: AuthServer;
  let client: TestClient;
  let other: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    [client, other] = await Promise.all([server.client(), server.client()]);
  });
  afterAll(() => server.stop());

  const introspect = (token: unknown, by: TestClient): Promise<Answer> =>
    server.post('/oauth2/introspect', { token: token as string }, by);
  const revoke = (token: unknown, by: TestClient, hint?: string): Promise<Answer> =>
    server.post('/oauth2/revoke', { token: token as string, token_type_hint: hint }, by);

  describe('RFC 7662', () => {
    it('§2.2: tells a client about its own access token', async () => {
      const tokens = await server.tokens(client);
      const { body, headers } = await introspect(tokens.access_token, client);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(body).toMatchObject({
        active: true,
        token_type: 'Bearer',
        iss: ISSUER,
        aud: [API, ISSUER],
        client_id: client.clientId,
        scope: 'openid offline_access demo:read',
        exp: expect.any(Number) as number,
      });
    });

    it('§2.2: tells it about its refresh token, until that is used', async () => {
      const { refresh_token: token } = await server.tokens(client);
      expect((await introspect(token, client)).body).toMatchObject({
        active: true,
        client_id: client.clientId,
      });
      await server.refresh(client, token);
      expect((await introspect(token, client)).body).toEqual({ active: false });
    });

    it('§4: to another client a token is not active, unless that has the scope introspect', async () => {
      const { access_token: token } = await server.tokens(client);
      expect((await introspect(token, other)).body).toEqual({ active: false });
      const inspector = await server.client({
        grant_types: ['client_credentials'],
        redirect_uris: [],
        scope: 'introspect',
      });
      expect((await introspect(token, inspector)).body.active).toBe(true);
    });

    it.each(['nonsense', 'a.b.c', '', '\0', 'ey'.repeat(2_000)])(
      '%# what is no token is not active',
      async (token) => {
        const answer = await introspect(token, client);
        if (token === '') expect(answer.body.error).toBe('invalid_request');
        else expect(answer.body).toEqual({ active: false });
      },
    );

    it('an ID Token is no access token (typ confusion)', async () => {
      const { id_token: token } = await server.tokens(client);
      expect((await introspect(token, client)).body).toEqual({ active: false });
    });

    it('§2.1: a public client may not ask', async () => {
      const open = await server.client({
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
      });
      const answer = await server.post('/oauth2/introspect', { token: 'x', client_id: open.clientId });
      expect(answer).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    });
  });

  describe('RFC 7009', () => {
    it('§2.1: an access token ends alone', async () => {
      const tokens = await server.tokens(client);
      const answer = await revoke(tokens.access_token, client);
      expect(answer.status).toBe(200);
      expect(await server.isActive(client, tokens.access_token)).toBe(false);
      expect((await server.refresh(client, tokens.refresh_token)).status).toBe(200);
    });

    it.each([undefined, 'refresh_token', 'access_token', 'nonsense'])(
      '§2.1: a refresh token takes its whole grant with it (hint %s)',
      async (hint) => {
        const tokens = await server.tokens(client);
        expect((await revoke(tokens.refresh_token, client, hint)).status).toBe(200);
        expect(await server.isActive(client, tokens.access_token)).toBe(false);
        expect(await server.isActive(client, tokens.refresh_token)).toBe(false);
        expect((await server.refresh(client, tokens.refresh_token)).body.error).toBe('invalid_grant');
      },
    );

    it('§2.1: not even a used refresh token is without effect', async () => {
      const tokens = await server.tokens(client);
      const next = await server.refresh(client, tokens.refresh_token);
      await revoke(tokens.refresh_token, client);
      expect(await server.isActive(client, next.body.access_token as string)).toBe(false);
    });

    it.each(['access_token', 'refresh_token'])(
      "§2.1: another client's %s stays (CVE-2023-0091)",
      async (name) => {
        const tokens = await server.tokens(client);
        expect(await revoke(tokens[name], other)).toMatchObject({
          status: 400,
          body: { error: 'invalid_grant' },
        });
        expect(await server.isActive(client, tokens[name])).toBe(true);
      },
    );

    it.each(['nonsense', 'a.b.c', '\0'])('§2.2: %j is no token, and no error', async (token) => {
      expect((await revoke(token, client)).status).toBe(200);
    });

    it('§2.1: without a token it is invalid_request, without a client invalid_client', async () => {
      expect((await revoke(undefined, client)).body.error).toBe('invalid_request');
      expect((await server.post('/oauth2/revoke', { token: 'x' })).body.error).toBe('invalid_client');
    });

    it('a token revoked many times is one entry of the deny-list', async () => {
      const tokens = await server.tokens(client);
      for (let i = 0; i < 5; i++) await revoke(tokens.access_token, client);
      for (let i = 0; i < 5; i++) await revoke(tokens.refresh_token, client);
      const { jti, grant_id: grant } = claimsOf(tokens.access_token);
      const rows = await server.sql<{ kind: string }>(
        'SELECT kind FROM auth.revocation WHERE value = ANY ($1) ORDER BY kind',
        [[jti, grant]],
      );
      expect(rows.map((row) => row.kind)).toEqual(['grant', 'jti']);
    });
  });

  describe('GET /internal/revocations', () => {
    it('is for the scope revocations alone (RFC 6750 §3)', async () => {
      const none = await server.call(undefined, '/internal/revocations');
      expect(none.status).toBe(401);
      expect(none.headers.get('www-authenticate')).toMatch(
        /^Bearer realm="gatehouse", scope="revocations"(, resource_metadata="[^"]+")?$/,
      );
      const wrong = await server.call(await server.tokenWith('demo:read'), '/internal/revocations');
      expect(wrong.status).toBe(401);
      const lacks = await server.call(await server.tokenWith('introspect'), '/internal/revocations');
      expect(lacks.status).toBe(403);
      expect(lacks.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    });

    it.each(['-1', 'x', '1e3', ' 1', '9'.repeat(30), '1-', '1-x', '1-2-3'])(
      'refuses the cursor %j',
      async (cursor) => {
        const answer = await server.call(
          await server.tokenWith('revocations'),
          `/internal/revocations?after=${encodeURIComponent(cursor)}`,
        );
        expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      },
    );

    it('tells of a revocation within 1 s, with what the gateway needs', async () => {
      const feed = await Feed.open(server);
      await feed.until((events) => events.some((event) => event.type === 'ready'));
      const tokens = await server.tokens(client);
      const begun = Date.now();
      await revoke(tokens.access_token, client);
      const { jti, exp } = claimsOf(tokens.access_token);
      const found = await feed.until((events) => events.find((event) => event.data.value === jti));
      expect(Date.now() - begun).toBeLessThan(1_000);
      expect(found.data).toEqual({
        id: idOf(found),
        kind: 'jti',
        value: jti,
        before: expect.any(Number) as number,
        exp,
      });
      await feed.close();
    });

    it('tells within 1 s of what another replica revoked', async () => {
      const feed = await Feed.open(server);
      await feed.until((events) => events.some((event) => event.type === 'ready'));
      await server.sql(
        `INSERT INTO auth.revocation (kind, value, before, expires_at) VALUES ('jti', 'from-elsewhere', now(), now() + interval '1 hour')`,
      );
      const begun = Date.now();
      await feed.until((events) => events.some((event) => event.data.value === 'from-elsewhere'));
      expect(Date.now() - begun).toBeLessThan(1_000);
      await feed.close();
    });

    it('says something at least each half second while nothing happens', async () => {
      const feed = await Feed.open(server);
      await feed.until((events) => events.some((event) => event.type === 'ready'));
      const before = feed.comments;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(feed.comments - before).toBeGreaterThanOrEqual(3);
      await feed.close();
    });

    it('is silent when it does not know, so that gateways stop trusting their deny-list', async () => {
      const feed = await Feed.open(server);
      await feed.until((events) => events.some((event) => event.type === 'ready'));
      await server.sql('ALTER TABLE auth.revocation RENAME TO revocation_away');
      try {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        const before = feed.comments;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        expect(feed.comments).toBe(before);
      } finally {
        await server.sql('ALTER TABLE auth.revocation_away RENAME TO revocation');
      }
      const silent = feed.comments;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(feed.comments).toBeGreaterThan(silent);
      await feed.close();
    });

    /** What a restore from a backup does: entries are gone, and their ids are given to others. */
    async function restore(lost: number): Promise<void> {
      const [row] = await server.sql<{ newest: string }>('SELECT max(id) AS newest FROM auth.revocation');
      const next = Number(row!.newest) - lost + 1;
      await server.sql('DELETE FROM auth.revocation WHERE id >= $1', [next]);
      await server.sql(`ALTER TABLE auth.revocation ALTER COLUMN id RESTART WITH ${next}`);
    }

    const insert = (value: string, seconds: number) =>
      server.sql(
        `INSERT INTO auth.revocation (kind, value, before, expires_at)
         VALUES ('jti', $1, now() + make_interval(secs => $2), now() + interval '1 hour')`,
        [value, seconds],
      );

    it.each([1, 3])(
      'sends all there are after a restore, when %i took the place of a lost one',
      async (made) => {
        for (const value of ['kept', 'lost']) await insert(`${value}-${made}`, 0);
        const before = await Feed.open(server);
        await before.until((events) => events.some((event) => event.type === 'ready'));
        const cursor = before.events.at(-2)!;
        expect(cursor.data.value).toBe(`lost-${made}`);
        await before.close();
        await restore(1);
        for (let i = 0; i < made; i++) await insert(`new-${made}-${i}`, 60);
        const feed = await Feed.open(server, cursor.id);
        await feed.until((events) => events.some((event) => event.type === 'ready'));
        const values = feed.events.map(({ data }) => data.value);
        expect(values).toEqual(expect.arrayContaining([`kept-${made}`, `new-${made}-0`]));
        await feed.close();
      },
    );

    async function current(feed: RevocationFeed, whether: boolean): Promise<void> {
      while (feed.isCurrent() !== whether) await new Promise((resolve) => setTimeout(resolve, 20));
    }

    it('lets its listeners begin again when PostgreSQL comes back with fewer entries', async () => {
      await insert('lost', 0);
      const feed = await Feed.open(server);
      await feed.until((events) => events.some((event) => event.type === 'ready'));
      await current(server.get(RevocationFeed), true);
      await server.sql('ALTER TABLE auth.revocation RENAME TO revocation_away');
      await current(server.get(RevocationFeed), false);
      await server.sql('ALTER TABLE auth.revocation_away RENAME TO revocation_back');
      await server.sql("DELETE FROM auth.revocation_back WHERE value = 'lost'");
      await server.sql('ALTER TABLE auth.revocation_back RENAME TO revocation');
      await feed.ended;
    });

    it('lets a listener begin again that was sent more than the others when PostgreSQL was lost', async () => {
      const feed = new RevocationFeed(server.get(RevocationsService));
      const told: string[] = [];
      const listen = (name: string) =>
        feed.subscribe(
          { id: 0, before: 0 },
          {
            send: (entries) => void told.push(...entries.map(({ value }) => `${name} ${value}`)),
            drained: () => Promise.resolve(),
            ready: () => undefined,
            lost: () => void told.push(`${name} lost`),
          },
        );
      await insert('there', 0);
      await listen('first');
      await insert('sent-to-one', 0);
      await listen('second');
      expect(told).toContain('second sent-to-one');
      expect(told).not.toContain('first sent-to-one');
      await server.sql('ALTER TABLE auth.revocation RENAME TO revocation_away');
      feed.onModuleInit();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(feed.isCurrent()).toBe(false);
      await server.sql("DELETE FROM auth.revocation_away WHERE value = 'sent-to-one'");
      await server.sql('ALTER TABLE auth.revocation_away RENAME TO revocation');
      await current(feed, true);
      feed.onApplicationShutdown();
      expect(told).toEqual(expect.arrayContaining(['first lost', 'second lost']));
    });

    it('resumes after a cursor, given either way, and sends a long backlog whole and in order', async () => {
      await server.sql(
        `INSERT INTO auth.revocation (kind, value, before, expires_at)
         SELECT 'jti', 'bulk-' || n, now(), now() + interval '1 hour' FROM generate_series(1, 30000) n`,
      );
      const all = await Feed.open(server);
      await all.until((events) => events.some((event) => event.type === 'ready'));
      const entries = all.events.filter((event) => event.type === 'revocation');
      const ids = entries.map(idOf);
      expect(ids.length).toBeGreaterThanOrEqual(30_000);
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      await all.close();
      const cursor = entries.at(-3)!.id!;
      for (const feed of [await Feed.open(server, cursor), await Feed.open(server, '0', cursor)]) {
        await feed.until((events) => events.some((event) => event.type === 'ready'));
        expect(feed.events.slice(0, -1).map(idOf)).toEqual(ids.slice(-2));
        await feed.close();
      }
    });

    it('loses nothing and keeps the order of commits while many revoke at once', async () => {
      const feed = await Feed.open(server);
      const revocations = server.get(RevocationsService);
      const values = Array.from({ length: 100 }, (_, n) => `at-once-${n}`);
      await Promise.all(values.map((value) => revocations.revoke('jti', value)));
      await feed.until((events) => events.some((event) => event.type === 'ready'));
      const mine = () => feed.events.filter((event) => String(event.data.value).startsWith('at-once-'));
      await feed.until(() => mine().length === 100);
      expect(new Set(mine().map((event) => event.data.value)).size).toBe(100);
      await feed.close();
    });
  });

  describe('expired rows', () => {
    it('are removed, what may still be needed is kept (hydra#3784)', async () => {
      const live = await server.tokens(client);
      const old = await server.tokens(client);
      const oldGrant = claimsOf(old.access_token).grant_id as string;
      await server.sql(
        "UPDATE auth.refresh_token SET expires_at = now() - interval '1 s' WHERE grant_id = $1",
        [oldGrant],
      );
      await server.sql(
        `UPDATE auth.oauth_grant SET created_at = now() - interval '3 days' WHERE id = ANY ($1)`,
        [[oldGrant, claimsOf(live.access_token).grant_id]],
      );
      await server.sql(
        `INSERT INTO auth.revocation (kind, value, before, expires_at)
         SELECT 'jti', 'old-' || n, now(), now() - interval '1 s' FROM generate_series(1, 2500) n`,
      );
      await server.get(Expiry).run();
      const grants = server.get(GrantsService);
      expect(await grants.find(oldGrant)).toBeUndefined();
      expect(await grants.find(claimsOf(live.access_token).grant_id as string)).toBeDefined();
      const left = await server.sql("SELECT 1 FROM auth.revocation WHERE value LIKE 'old-%'");
      expect(left).toEqual([]);
      expect((await server.refresh(client, live.refresh_token)).status).toBe(200);
    });
  });
});

interface FeedEvent {
  readonly type: string;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

/** An event's id is that of its entry, and when it was made. */
function idOf({ id }: FeedEvent): number {
  return Number(/^(\d+)-\d+$/.exec(id!)![1]);
}

/** A listener of the feed that reads server-sent events as the HTML standard says. */
class Feed {
  readonly events: FeedEvent[] = [];
  comments = 0;
  /** Resolves when the connection is over. */
  ended: Promise<void> = Promise.resolve();
  private waiting: (() => void) | undefined;

  private constructor(private readonly abort: AbortController) {}

  static async open(server: AuthServer, after = '0', lastEventId?: string): Promise<Feed> {
    const token = await server.tokenWith('revocations');
    const abort = new AbortController();
    const response = await fetch(`${server.url}/internal/revocations?after=${after}`, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: abort.signal,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const feed = new Feed(abort);
    feed.ended = feed.read(response.body!);
    return feed;
  }

  async until<T>(found: (events: readonly FeedEvent[]) => T): Promise<NonNullable<T>> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const value = found(this.events);
      if (value) return value as NonNullable<T>;
      if (Date.now() > deadline) throw new Error('The feed did not bring it');
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
        setTimeout(resolve, 500);
      });
    }
  }

  async close(): Promise<void> {
    this.abort.abort();
  }

  private async read(body: AsyncIterable<Uint8Array>): Promise<void> {
    let text = '';
    try {
      for await (const chunk of body) {
        text += Buffer.from(chunk).toString();
        const blocks = text.split('\n\n');
        text = blocks.pop()!;
        for (const block of blocks) this.take(block);
        this.waiting?.();
      }
    } catch {
      // Closed by `close`.
    }
  }

  private take(block: string): void {
    if (block.startsWith(':')) return void this.comments++;
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    this.events.push({
      type: field('event') ?? 'message',
      id: field('id'),
      data: JSON.parse(field('data') ?? '{}') as Record<string, unknown>,
    });
  }
}
