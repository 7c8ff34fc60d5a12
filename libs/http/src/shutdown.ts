import type { FastifyBaseLogger } from 'fastify';

/** Runs `close` once at SIGTERM or SIGINT and exits; after `timeout` seconds without waiting for it any longer. */
export function onStop(close: () => Promise<void>, timeout: number, logger: FastifyBaseLogger): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.warn(`not finished within ${timeout} s (GATEHOUSE_SHUTDOWN_TIMEOUT); leaving`);
      process.exit(1);
    }, timeout * 1000).unref();
    try {
      await close();
      logger.info('stopped');
      process.exit(0);
    } catch (error) {
      logger.error(error);
      process.exit(1);
    }
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}

/**
 * Runs an app's `main`: what prevents a start is said in one line a fault on standard error, exit code 1; only a
 * fault in the program itself shows a stack.
 */
export function run(name: string, main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    const known = error instanceof Error && OPERATOR_ERRORS.has(error.name);
    const text = known
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
    for (const line of text.split('\n')) process.stderr.write(`${name}: ${line}\n`);
    process.exit(1);
  });
}

const OPERATOR_ERRORS = new Set([
  'SettingsError',
  'StartError',
  'DatabaseUnavailableError',
  'StoreUnavailableError',
]);
