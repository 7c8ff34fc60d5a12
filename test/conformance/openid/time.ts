import { Store } from '@gatehouse/store';
import type { AuthServer } from '../../auth-server/auth-server.js';

let ahead = 0;
afterEach(() => {
  ahead = 0;
  jest.restoreAllMocks();
});

/** Seconds pass: on the clock where all is in this process, in truth where Redis has its own. */
export async function pass(server: AuthServer, seconds: number): Promise<void> {
  if (server.get(Store).distributed) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return;
  }
  jest.restoreAllMocks();
  const now = Date.now.bind(Date);
  ahead += seconds * 1000;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
}
