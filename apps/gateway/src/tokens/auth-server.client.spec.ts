import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConfig } from '../config.js';
import { AuthServerClient } from './auth-server.client.js';

describe('requests to an auth-server that does not answer', () => {
  let server: Server;
  let client: AuthServerClient;

  beforeAll(async () => {
    server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = new AuthServerClient(
      readConfig({
        DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
        GATEHOUSE_SECRET: 'a-secret-of-the-tests-with-over-32-characters',
        GATEHOUSE_AUTH_INTERNAL_URL: url,
      }),
    );
  });
  afterAll(async () => {
    await client.onApplicationShutdown();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('end all at one time, however many wait for a connection', async () => {
    const begin = performance.now();
    const asked = [...Array.from({ length: 200 }, (_, i) => client.introspect(`token-${i}`)), client.keys()];
    const outcomes = await Promise.allSettled(asked);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(performance.now() - begin).toBeLessThan(6_000);
  });
});
