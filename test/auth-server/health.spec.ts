import { freePort } from '../../apps/launcher/src/ports.js';
import { AuthServer } from './auth-server.js';

describe('health', () => {
  it('is ready when both stores answer, however often it is asked', async () => {
    const server = await AuthServer.start();
    const answers = await Promise.all(Array.from({ length: 700 }, () => server.fetch('/health/ready')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await server.stop();
  });

  it('a Redis that is away at the start makes it wait, alive, and say what is down', async () => {
    const server = await AuthServer.start({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    expect((await server.fetch('/health/live')).status).toBe(200);
    const { status, body } = await server.fetch('/health/ready');
    expect(status).toBe(503);
    expect(body).toMatchObject({
      status: 'error',
      error: {
        store: { status: 'down', reason: expect.stringContaining('Redis does not answer') as string },
      },
      info: { database: { status: 'up' } },
    });
    const token = await server.post('/oauth2/token', { grant_type: 'client_credentials' });
    expect(token.status).toBe(503);
    await server.stop();
  });
});
