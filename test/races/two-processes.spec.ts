import { AuthServer, GATEWAY, ISSUER } from '../auth-server/auth-server.js';
import { type RunningApp, startApp } from '../support/app.js';
import { redisUrl } from '../support/redis.js';
import { races } from './races.js';

const SECRET = 'a-secret-of-the-tests-with-over-32-characters';

describe('races between two operating-system processes', () => {
  it('need a Redis: TEST_REDIS_URL says which', () => {
    expect(redisUrl() === undefined).toBe(!process.env.TEST_REDIS_URL);
  });
});

if (process.env.TEST_REDIS_URL) {
  describe('races between two operating-system processes, on Redis', () => {
    /** A third replica, which makes what the two race for. */
    let helper: AuthServer;
    let replicas: RunningApp[];

    beforeAll(async () => {
      helper = await AuthServer.start();
      const settings = {
        DATABASE_URL: helper.database.url,
        REDIS_URL: redisUrl(),
        GATEHOUSE_SECRET: SECRET,
        GATEHOUSE_ISSUER: ISSUER,
        GATEHOUSE_GATEWAY_URL: GATEWAY,
        GATEHOUSE_DEMO: 'true',
      };
      replicas = await Promise.all([startApp('auth-server', settings), startApp('auth-server', settings)]);
    }, 120_000);
    afterAll(async () => {
      await Promise.all((replicas ?? []).map((replica) => replica.stop()));
      await helper?.stop();
    });

    races(
      () => replicas.map(({ port }) => `http://127.0.0.1:${port}`),
      () => helper,
    );
  });
}
