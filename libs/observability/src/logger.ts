import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';

/** Members that would put a credential into the log, wherever they stand. */
const REDACTED = [
  'req.headers.authorization',
  'req.headers.cookie',
  'res.headers["set-cookie"]',
  '*.password',
  '*.client_secret',
  '*.access_token',
  '*.refresh_token',
  '*.id_token',
];

const FLUSH_MS = 100;
const BUFFER_BYTES = 8_192;

/**
 * Written in batches, since a write for each line would cost a busy server a fifth of its time; an exit, also by an
 * uncaught error, writes what is left.
 */
function batchedOutput(): DestinationStream {
  const output = pino.destination({ fd: 1, sync: true, minLength: BUFFER_BYTES });
  setInterval(() => output.flush(), FLUSH_MS).unref();
  process.once('exit', () => output.flushSync());
  return output;
}

let standardOutput: DestinationStream | undefined;

/** JSON lines on standard output; `app` names the app in each. */
export function createLogger(app: string, level: string): Logger {
  standardOutput ??= batchedOutput();
  const options: LoggerOptions = {
    level,
    base: { app },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[redacted]' },
    serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
  };
  return pino(options, standardOutput);
}

/** Lets Nest's own `Logger` write through pino. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]) {
    this.write('info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]) {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]) {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]) {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]) {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]) {
    this.write('fatal', message, rest);
  }

  /** Nest passes (message, stack?, context?): the last text is the context. */
  private write(
    level: 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal',
    message: unknown,
    rest: unknown[],
  ) {
    const context = typeof rest.at(-1) === 'string' ? rest.at(-1) : undefined;
    // What Nest says while it wires itself up is of interest to those who debug it.
    const wiring = level === 'info' && NEST_WIRING.has(String(context));
    const bindings: Record<string, unknown> = { context };
    if (message instanceof Error) bindings.err = message;
    else if (level === 'error' && rest.length > 1) bindings.stack = rest[0];
    const text = message instanceof Error ? message.message : describe(message);
    this.logger[wiring ? 'debug' : level](bindings, text);
  }
}

const NEST_WIRING = new Set([
  'NestFactory',
  'InstanceLoader',
  'RouterExplorer',
  'RoutesResolver',
  'NestApplication',
]);

function describe(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}
