import type { IncomingMessage } from 'node:http';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { LogoutDeliveries } from '../../apps/auth-server/src/logout/logout-deliveries.service.js';
import { SessionsService } from '../../apps/auth-server/src/sessions/sessions.service.js';
import { AuthServer, claimsOf, headerOf, ISSUER, type TestClient } from './auth-server.js';
import { DocumentServer } from './documents.js';
import { answerOf, ask, signedIn } from './people.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

describe('OpenID Connect Back-Channel Logout', () => {
  let server: AuthServer;
  let web: DocumentServer;
  let status = 200;
  const received: { path: string; type: string | undefined; token: string }[] = [];

  beforeAll(async () => {
    web = await DocumentServer.start();
    server = await AuthServer.start({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' });
  });
  beforeEach(() => {
    status = 200;
    received.length = 0;
  });
  afterAll(async () => {
    await server.stop();
    await web.stop();
  });

  async function bodyOf(request: IncomingMessage): Promise<string> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    return body;
  }

  let clients = 0;
  /** A client that listens at an address of its own. */
  async function listening(metadata: object = {}): Promise<TestClient> {
    const path = `/backchannel/${(clients += 1)}`;
    const uri = web.on(path, (request, response) => {
      void bodyOf(request).then((body) => {
        const token = new URLSearchParams(body).get('logout_token') ?? '';
        received.push({ path, type: request.headers['content-type'], token });
        response.writeHead(status).end();
      });
    });
    return server.client({ backchannel_logout_uri: uri, ...metadata });
  }

  /** Signs somebody in to clients, then out. */
  async function signInAndOut(...to: TestClient[]) {
    const [first, ...rest] = to;
    const { browser, user } = await signedIn(server, first!);
    for (const client of rest) answerOf(await ask(server, client, {}, browser));
    const sessions = server.get(SessionsService);
    const [session] = await sessions.ofUser(user.id);
    await sessions.endOne(user.id, session!.sid);
    return { user, sid: session!.sid };
  }

  async function arrived(count: number): Promise<void> {
    for (let i = 0; i < 100 && received.length < count; i++)
      await new Promise((done) => setTimeout(done, 50));
    expect(received).toHaveLength(count);
  }

  it('§2.5, §2.4: every client of the session gets a logout token, by POST', async () => {
    const [one, two] = [await listening(), await listening({ first_party: true })];
    const { user, sid } = await signInAndOut(one, two);
    await arrived(2);
    const jwks = createLocalJWKSet((await server.fetch('/jwks')).body as unknown as JSONWebKeySet);
    for (const { token, type } of received) {
      expect(type).toBe('application/x-www-form-urlencoded');
      const { payload, protectedHeader } = await jwtVerify(token, jwks, {
        issuer: ISSUER,
        typ: 'logout+jwt',
      });
      expect(protectedHeader.alg).toBe('RS256');
      expect(payload).toMatchObject({ sub: user.id, sid, events: { [EVENT]: {} } });
      expect(payload.exp! - payload.iat!).toBeLessThanOrEqual(120);
      expect(payload).not.toHaveProperty('nonce');
    }
    expect(received.map(({ token }) => claimsOf(token).aud).sort()).toEqual(
      [one.clientId, two.clientId].sort(),
    );
  });

  it('replay of a logout token: each has a jti of its own, and a typ that nothing else takes', async () => {
    const client = await listening();
    await signInAndOut(client);
    await signInAndOut(client);
    await arrived(2);
    const [one, two] = received.map(({ token }) => token);
    expect(claimsOf(one).jti).not.toBe(claimsOf(two).jti);
    expect(headerOf(one).typ).toBe('logout+jwt');
    expect((await server.call(one, '/userinfo')).status).toBe(401);
    expect(await server.isActive(client, one)).toBe(false);
    const hint = await server.fetch(`/logout?id_token_hint=${one}`);
    expect(hint.status).toBe(400);
  });

  it('clients that do not listen, or that the session did not sign in to, get none', async () => {
    await listening();
    await signInAndOut(await server.client());
    await new Promise((done) => setTimeout(done, 300));
    expect(received).toEqual([]);
  });

  it('what a client does not take is sent again, later and later, and given up in the end', async () => {
    status = 500;
    const client = await listening();
    await signInAndOut(client);
    const deliveries = server.get(LogoutDeliveries);
    for (let attempt = 1; attempt <= 5; attempt++) {
      await arrived(attempt);
      await server.sql('UPDATE auth.logout_delivery SET next_at = now()');
      await deliveries.deliver();
    }
    await new Promise((done) => setTimeout(done, 200));
    expect(received).toHaveLength(5);
    expect(await server.sql('SELECT 1 FROM auth.logout_delivery')).toEqual([]);
  });

  it('a try that failed is not repeated at once, nor by another replica', async () => {
    status = 503;
    const client = await listening();
    await signInAndOut(client);
    await arrived(1);
    await Promise.all([server.get(LogoutDeliveries).deliver(), server.get(LogoutDeliveries).deliver()]);
    expect(received).toHaveLength(1);
    await server.sql('DELETE FROM auth.logout_delivery');
  });

  it('the request that signs out does not wait for it', async () => {
    const uri = web.on('/silent', () => undefined);
    const client = await server.client({ backchannel_logout_uri: uri });
    const started = Date.now();
    await signInAndOut(client);
    expect(Date.now() - started).toBeLessThan(3_000);
    await server.sql('DELETE FROM auth.logout_delivery');
  });
});
