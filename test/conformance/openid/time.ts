import { Store } from '@gatehouse/store';
import type { AuthServer } from '../../auth-server/auth-server.js';

let ahead = 0;
afterEach(() => {
  ahead = 0;
  jest.restoreAllMocks();
});

/** Seconds pass on this process's clock. */
export function pass(seconds: number): void {
  jest.restoreAllMocks();
  const now = Date.now.bind(Date);
  ahead += seconds * 1000;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
}

/** Seconds pass, for what the store forgets, too: Redis has a clock of its own, and is waited for. */
export async function expire(server: AuthServer, seconds: number): Promise<void> {
  if (!server.get(Store).distributed) return pass(seconds);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
