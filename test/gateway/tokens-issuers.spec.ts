import { setTimeout as sleep } from 'node:timers/promises';
import type { JWTPayload } from 'jose';
import type { Configuration } from '../../apps/gateway/src/configuration/config-kind.js';
import { ConfigObjects } from '../../apps/gateway/src/configuration/config-objects.service.js';
import { IssuerKind } from '../../apps/gateway/src/tokens/issuer.kind.js';
import { issuerDefinition } from '../../apps/gateway/src/tokens/issuer-definition.js';
import { type Echo, send, startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';
import { guardedRoute, newIssuerKey, putIssuers, TestIssuer } from './token-issuer.js';

const AUDIENCE = 'urn:api';
/** Of a header that names no key. */
const NAMELESS = { kid: undefined };

describe('access tokens of other issuers', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  let issuer: TestIssuer;
  let path: string;
  let scoped: string;
  let editors: string;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([startLoneGateway(), startUpstream()]);
    const guard = { audience: AUDIENCE, issuers: ['partner'] };
    await putIssuers(gateway, { name: 'partner', issuer: 'https://partner.test' });
    path = await guardedRoute(gateway, upstream.url, guard);
    scoped = await guardedRoute(gateway, upstream.url, { ...guard, scopes: ['read'] });
    editors = await guardedRoute(gateway, upstream.url, { ...guard, roles: ['editor'] });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });
  beforeEach(async () => {
    issuer = await TestIssuer.start();
  });
  afterEach(() => issuer.stop());

  /** Puts the issuer in force as this says. */
  const put = (more: object = {}) => putIssuers(gateway, { name: 'partner', issuer: issuer.url, ...more });
  const token = (claims: JWTPayload = {}, header: object = {}) =>
    issuer.token({ aud: AUDIENCE, ...claims }, header);

  async function call(value: string, to = path) {
    const answer = await send(gateway.url, { path: to, headers: { authorization: `Bearer ${value}` } });
    return { status: answer.status, text: answer.text, challenge: answer.headers['www-authenticate'] };
  }

  /** The statuses without and with a setting, to the same token. */
  async function statuses(value: string, without: object, set: object, to = path) {
    await put(without);
    const before = (await call(value, to)).status;
    await put(set);
    return [before, (await call(value, to)).status];
  }

  describe('settings', () => {
    it('issuer: to the letter', async () => {
      await put();
      expect((await call(await token())).status).toBe(200);
      expect((await call(await token({ iss: `${issuer.url}/` }))).status).toBe(401);
      expect((await call(await token({ iss: undefined }))).status).toBe(401);
      expect((await call(await token({ iss: [issuer.url] as never }))).status).toBe(401);
    });

    it('an issuer in whose place another one is put is refused, though its token is remembered', async () => {
      await put();
      const value = await token();
      expect((await call(value)).status).toBe(200);
      await put({ issuer: 'https://another.test' });
      expect((await call(value)).status).toBe(401);
    });

    it('jwks_uri: in place of what the metadata say', async () => {
      issuer.metadata = { issuer: issuer.url, jwks_uri: `${issuer.url}/nowhere` };
      const set = { jwks_uri: `${issuer.url}/jwks` };
      expect(await statuses(await token(), {}, set)).toEqual([503, 200]);
    });

    it('algorithms: those that are listed, whatever the key can', async () => {
      await issuer.stop();
      issuer = await TestIssuer.start('RS256');
      expect(await statuses(await token(), {}, { algorithms: ['PS256', 'ES256'] })).toEqual([200, 401]);
    });

    it('typ', async () => {
      expect(await statuses(await token({}, { typ: 'JWT' }), { typ: 'JWT' }, {})).toEqual([200, 401]);
      expect(await statuses(await token(), {}, { typ: 'JWT' })).toEqual([200, 401]);
    });

    it('audiences: besides what the route asks for', async () => {
      expect(await statuses(await token(), {}, { audiences: ['urn:a', 'urn:b'] })).toEqual([200, 401]);
      expect((await call(await token({ aud: [AUDIENCE, 'urn:b'] }))).status).toBe(200);
    });

    it('clock_skew', async () => {
      const now = Math.floor(Date.now() / 1000);
      const old = await token({ exp: now - 10 });
      expect(await statuses(old, { clock_skew: 60 }, { clock_skew: 0 })).toEqual([200, 401]);
      const early = await token({ nbf: now + 20 });
      expect(await statuses(early, { clock_skew: 60 }, { clock_skew: 0 })).toEqual([200, 401]);
    });

    it('claims: where the issuer writes what', async () => {
      const claims = { subject: 'oid', client: 'azp', audience: 'azp', scope: 'scp', roles: '/realm/roles' };
      const value = await token({
        ...{ aud: undefined, client_id: undefined, scope: 'none', roles: ['none'] },
        ...{ oid: 'u-1', azp: AUDIENCE, scp: ['read', 'write'], realm: { roles: ['editor'] } },
      });
      expect(await statuses(value, { claims }, {})).toEqual([200, 401]);
      for (const [member, to] of [
        ['scope', scoped],
        ['roles', editors],
      ] as const) {
        expect(await statuses(value, { claims }, { claims: { ...claims, [member]: 'x' } }, to)).toEqual([
          200, 403,
        ]);
      }
      await put({ claims });
      const { headers } = JSON.parse((await call(value)).text) as Echo;
      expect(headers).toMatchObject({ 'x-gatehouse-subject': 'u-1', 'x-gatehouse-client': AUDIENCE });
    });

    it.each([
      ['/issuer', { issuer: 'http://10.0.0.1' }],
      ['/issuer', { issuer: 'https://user@issuer.test' }],
      ['/jwks_uri', { jwks_uri: 'file:///etc/passwd' }],
      ['/algorithms/0', { algorithms: ['HS256'] }],
      ['/algorithms/0', { algorithms: ['none'] }],
      ['/introspection', { jwts: 'introspect' }],
      ['/jwks_uri', { jwts: 'introspect', jwks_uri: 'https://issuer.test/jwks' }],
      ['/algorithms', { jwts: 'introspect', algorithms: ['ES256'] }],
      ['/typ', { jwts: 'introspect', typ: 'JWT' }],
      ['/introspection/cache', { introspection: { endpoint: 'https://a.test', client_id: 'a', cache: 301 } }],
    ])('%s of %j is refused', (pointer, changes) => {
      const result = issuerDefinition.safeParse({ name: 'a', issuer: 'https://issuer.test', ...changes });
      expect(result.error?.issues.map((one) => `/${one.path.join('/')}`)).toContain(pointer);
    });

    it('names and URLs are one issuer’s each', () => {
      const kind = gateway.app.get(IssuerKind, { strict: false });
      const one = issuerDefinition.parse({ name: 'one', issuer: 'https://issuer.test' });
      const none = { version: '', of: () => new Map() } as unknown as Configuration;
      const other = { id: '', name: 'other', definition: { ...one, name: 'other' } };
      const both = { version: '', of: () => new Map([['other', other]]) } as unknown as Configuration;
      const pointers = (definition: typeof one, configuration: Configuration) =>
        kind.faults(definition, configuration).map(({ pointer }) => pointer);
      expect(pointers(one, none)).toEqual([]);
      expect(pointers(one, both)).toEqual(['/issuer']);
      expect(pointers({ ...one, name: 'gatehouse' }, none)).toEqual(['/name']);
      expect(pointers({ ...one, issuer: 'http://127.0.0.1:1' }, none)).toEqual(['/issuer']);
    });
  });

  describe('keys', () => {
    it('are rotated under load without a failed request', async () => {
      await put();
      const statuses = new Map<number, number>();
      let done = false;
      const caller = async () => {
        while (!done) {
          const { status } = await call(await token({ jti: String(Math.random()) }));
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      };
      const callers = Array.from({ length: 4 }, caller);
      const old = await token();
      for (let rotation = 1; rotation <= 3; rotation++) {
        await sleep(1_300);
        const key = await newIssuerKey(`key-${rotation}`);
        // Abruptly: the old key is published no longer, the new one signs at once.
        issuer.published = { keys: [key.jwk] };
        issuer.key = key;
      }
      await sleep(1_300);
      done = true;
      await Promise.all(callers);
      expect([...statuses.keys()]).toEqual([200]);
      expect(statuses.get(200)).toBeGreaterThan(20);
      // What the first key signed is still under way.
      expect((await call(old)).status).toBe(200);
    });

    it('RFC 7515 §4.1.4: are rotated without kid, too: neither old nor new tokens fail', async () => {
      const nameless = async () => {
        const key = await newIssuerKey('none');
        const { kid: _, ...jwk } = key.jwk;
        return { ...key, jwk };
      };
      const [old, next] = [await nameless(), await nameless()];
      const signed = (key: typeof old, jti: string) => issuer.token({ aud: AUDIENCE, jti }, NAMELESS, key);
      issuer.published = { keys: [old.jwk] };
      await put();
      expect((await call(await signed(old, '1'))).status).toBe(200);
      issuer.published = { keys: [next.jwk] };
      expect((await call(await signed(next, '2'))).status).toBe(200);
      expect((await call(await signed(old, '3'))).status).toBe(200);
      expect((await call(await signed(await nameless(), '4'))).status).toBe(401);
    });

    it('a made-up token without kid causes no look where all keys have one', async () => {
      await put();
      expect((await call(await token())).status).toBe(200);
      const before = issuer.asked.length;
      const made = await issuer.token({ aud: AUDIENCE }, NAMELESS, await newIssuerKey('made-up'));
      expect((await call(made)).status).toBe(401);
      expect(issuer.asked).toHaveLength(before);
    });

    it('unknown kids cause one look a second, for all callers together', async () => {
      await put();
      expect((await call(await token())).status).toBe(200);
      const before = issuer.asked.filter((one) => one === '/jwks').length;
      const startedAt = Date.now();
      const made = await Promise.all(
        Array.from({ length: 60 }, (_, index) => token({}, { kid: `../../${index}` })),
      );
      const answers = await Promise.all(made.map((one) => call(one)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
      const looks = issuer.asked.filter((one) => one === '/jwks').length - before;
      expect(looks).toBeGreaterThanOrEqual(1);
      expect(looks).toBeLessThanOrEqual(2 + Math.floor((Date.now() - startedAt) / 1_000));
    });

    it('stay in use while the issuer is away', async () => {
      await put();
      expect((await call(await token())).status).toBe(200);
      issuer.instead = (_, response) => response.writeHead(500).end();
      expect((await call(await token({ jti: 'another' }))).status).toBe(200);
    });

    it.each([
      ['hangs', () => undefined],
      [
        'fails',
        (_: unknown, response: { writeHead(status: number): { end(): void } }) =>
          response.writeHead(500).end(),
      ],
      ['speaks nonsense', (_: unknown, response: { end(text: string): void }) => response.end('{"keys":{}}')],
      [
        'never ends',
        (_: unknown, response: { end(text: string): void }) => response.end(`{"a":"${'x'.repeat(300_000)}"}`),
      ],
    ])('cannot be had: an issuer that %s gets 503, and nobody in', async (_, instead) => {
      issuer.instead = instead as never;
      await put({ jwks_uri: `${issuer.url}/jwks` });
      expect((await call(await token())).status).toBe(503);
      issuer.instead = undefined;
      expect((await call(await token())).status).toBe(200);
    });

    it('RFC 8414 §3.3: metadata that speak of another issuer are not used', async () => {
      issuer.metadata = { issuer: 'https://other.test', jwks_uri: `${issuer.url}/jwks` };
      await put();
      expect((await call(await token())).status).toBe(503);
    });
  });

  describe('introspection (RFC 7662)', () => {
    const asking = (more: object = {}, others: object = {}) =>
      put({
        introspection: {
          ...{ endpoint: `${issuer.url}/introspect`, client_id: 'gate way', client_secret: 'a:b c' },
          ...more,
        },
        ...others,
      });
    const active = (claims: object = {}) => ({
      ...{ active: true, sub: 'ada', client_id: 'app', aud: AUDIENCE, scope: 'read' },
      ...{ exp: Math.floor(Date.now() / 1000) + 60, ...claims },
    });

    it('an opaque token is taken when the issuer says it is active', async () => {
      await asking();
      issuer.opaque.set('good', active());
      const { status, text } = await call('good', scoped);
      expect(status).toBe(200);
      expect((JSON.parse(text) as Echo).headers).toMatchObject({ 'x-gatehouse-subject': 'ada' });
      expect((await call('bad')).status).toBe(401);
      await put();
      expect((await call('good')).status).toBe(401);
    });

    it('client_auth: RFC 6749 §2.3.1: both forms, the id and the secret encoded', async () => {
      await asking();
      await call('a');
      expect(issuer.forms[0]!.authorization).toBe(`Basic ${btoa('gate+way:a%3Ab+c')}`);
      expect(issuer.forms[0]!.form.get('token_type_hint')).toBe('access_token');
      await asking({ client_auth: 'client_secret_post' });
      await call('b');
      expect(issuer.forms[1]!.authorization).toBeUndefined();
      expect(Object.fromEntries(issuer.forms[1]!.form)).toMatchObject({
        client_id: 'gate way',
        client_secret: 'a:b c',
      });
    });

    it('the secret is kept encrypted, and never shown', () => {
      const kind = gateway.app.get(IssuerKind, { strict: false });
      const introspection = { endpoint: 'https://a.test', client_id: 'a', client_secret: 'a-secret' };
      const sent = issuerDefinition.parse({ name: 'a', issuer: 'https://issuer.test', introspection });
      const { kept } = kind.accept(sent, undefined);
      expect(JSON.stringify(kept)).not.toContain('a-secret');
      expect(issuerDefinition.parse(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
      expect(JSON.stringify(kind.shown(kept))).not.toContain('sealed');
      const { client_secret: _, ...without } = introspection;
      const again = kind.accept(issuerDefinition.parse({ ...sent, introspection: without }), kept);
      expect(again.kept).toEqual(kept);
    });

    it.each([
      ['endpoint', { introspection: { endpoint: 'https://evil.test' } }],
      ['client_id', { introspection: { client_id: 'another' } }],
      ['name', { name: 'renamed', introspection: {} }],
    ])('the secret does not follow a change of %s: it must be given anew', async (member, change) => {
      const objects = gateway.app.get(ConfigObjects, { strict: false });
      const name = `other-${member}`;
      const introspection = { endpoint: 'https://a.test', client_id: 'a', client_secret: 'a-secret' };
      await objects.create('issuers', { name, issuer: `https://${name}.test`, introspection });
      await expect(objects.patch('issuers', name, change)).rejects.toMatchObject({
        status: 422,
        errors: [{ pointer: '/introspection/client_secret' }],
      });
      const anew = { introspection: { ...change.introspection, client_secret: 'another-secret' } };
      await objects.patch('issuers', name, { ...change, ...anew });
    });

    it('cache: an answer counts for so long, and never past exp', async () => {
      issuer.opaque.set('t', active());
      await asking({ cache: 0 });
      await call('t');
      await call('t');
      expect(issuer.forms).toHaveLength(2);
      await asking({ cache: 60 });
      await call('t');
      await call('t');
      expect(issuer.forms).toHaveLength(3);
      issuer.opaque.set('brief', active({ exp: Math.floor(Date.now() / 1000) + 2 }));
      await asking({ cache: 60 }, { clock_skew: 0 });
      expect((await call('brief')).status).toBe(200);
      await sleep(2_100);
      issuer.opaque.delete('brief');
      expect((await call('brief')).status).toBe(401);
    });

    it('RFC 7662 §2.2: an answer without exp is as good, and counts as long as any', async () => {
      issuer.opaque.set('t', active({ exp: undefined }));
      await asking({ cache: 0 }, { clock_skew: 0 });
      expect([(await call('t')).status, (await call('t')).status]).toEqual([200, 200]);
      expect(issuer.forms).toHaveLength(2);
      await asking({ cache: 1 }, { clock_skew: 0 });
      expect((await call('t')).status).toBe(200);
      issuer.opaque.delete('t');
      expect((await call('t')).status).toBe(200);
      await sleep(1_100);
      expect((await call('t')).status).toBe(401);
    });

    it('of many calls with one token, one asks', async () => {
      await asking();
      issuer.opaque.set('t', active());
      const answers = await Promise.all(Array.from({ length: 20 }, () => call('t')));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      expect(issuer.forms).toHaveLength(1);
    });

    it('jwts: introspect: a JWT is asked about, too', async () => {
      const value = await token();
      await asking();
      expect((await call(value)).status).toBe(200);
      expect(issuer.forms).toHaveLength(0);
      await asking({}, { jwts: 'introspect' });
      expect((await call(value)).status).toBe(401);
      issuer.opaque.set(value, active());
      await asking({}, { jwts: 'introspect' });
      expect((await call(value)).status).toBe(200);
    });

    it.each([
      ['for another API', { aud: 'urn:other' }],
      ['for nobody', { aud: undefined }],
      ['of another issuer', { iss: 'https://other.test' }],
      ['that has expired', { exp: 1 }],
      ['that is not good yet', { nbf: 4_000_000_000 }],
      ['bound to a key', { cnf: { jkt: 'x' } }],
    ])('a token %s is refused', async (_, claims) => {
      await asking();
      issuer.opaque.set('t', active(claims));
      expect((await call('t')).status).toBe(401);
    });

    it.each([
      ['is down', (_: unknown, response: { destroy(): void }) => response.destroy()],
      [
        'fails',
        (_: unknown, response: { writeHead(status: number): { end(text: string): void } }) =>
          response.writeHead(500).end('{"active":true}'),
      ],
      [
        'says neither yes nor no',
        (_: unknown, response: { end(text: string): void }) => response.end('{"active":"true"}'),
      ],
      [
        'says both',
        (_: unknown, response: { setHeader(a: string, b: string): void; end(text: string): void }) => {
          response.setHeader('content-type', 'application/json');
          response.end('{"active":false,"active":true,"aud":"urn:api"}');
        },
      ],
    ])('fails closed when the issuer %s, and comes back by itself', async (_, instead) => {
      await asking();
      issuer.opaque.set('t', active());
      issuer.instead = instead as never;
      expect((await call('t')).status).toBe(503);
      issuer.instead = undefined;
      expect((await call('t')).status).toBe(200);
    });
  });
});
