import { once } from 'node:events';
import type { Restart } from './flow.js';

const TIMEOUT_MS = 30_000;

/**
 * Restarts by asking the process that started this one, over Node's IPC channel:
 * `{ restart: 'gateway' }` is answered by `{ restarted: 'gateway' }` once it is ready again.
 * @returns undefined when there is no such channel.
 */
export function restartByLauncher(): Restart | undefined {
  if (!process.send) return undefined;
  return async (app) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    process.send?.({ restart: app });
    for (;;) {
      const [message] = (await once(process, 'message', { signal })) as [{ restarted?: string } | null];
      if (message?.restarted === app) return;
    }
  };
}
