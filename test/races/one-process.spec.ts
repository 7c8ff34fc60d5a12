import { AuthServer } from '../auth-server/auth-server.js';
import { races } from './races.js';

describe('races in one process, on the in-process store', () => {
  let server: AuthServer;

  beforeAll(async () => {
    server = await AuthServer.start({ REDIS_URL: '' });
  });
  afterAll(() => server.stop());

  races(
    () => [server.url],
    () => server,
  );
});
