import { randomUUID } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { HttpErrorFilter } from './error.filter.js';
import { trackIdleConnections } from './idle-connections.js';
import { logRequests, requestLogger } from './request-logger.js';
import { answerBadPath, answerMalformed } from './malformed-requests.js';
import { onStop } from './shutdown.js';

export interface ApplicationOptions {
  readonly logger: FastifyBaseLogger;
  /** Where Nest's own messages go. */
  readonly nestLogger: import('@nestjs/common').LoggerService;
  readonly host: string;
  readonly port: number;
  /** The setting that names the port, for the error text when it is taken. */
  readonly portSetting: string;
  /** Seconds. */
  readonly shutdownTimeout: number;
  readonly trustProxy: readonly string[];
  /** Listens with TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Largest body that is read whole, in bytes. Default 64 KiB. */
  readonly bodyLimit?: number;
  /** What requests are made of, where it is not Node's own class. */
  readonly incomingMessage?: typeof IncomingMessage;
  /** How long a whole request may take to arrive. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** Called before Nest registers its routes: body parsers, hooks. */
  readonly prepare?: (fastify: FastifyInstance) => void | Promise<void>;
  /** Whether each request is logged. Default true. */
  readonly requestLog?: boolean;
}

/** A certificate of the server's own, in PEM. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
  /** Asks clients for a certificate; whether it is any good, the application decides (RFC 8705). */
  readonly requestCert: boolean;
}

/** What every server of an app allows; times in milliseconds. */
export const SERVER_LIMITS = {
  handshakeTimeout: 10_000,
  headersTimeout: 15_000,
  keepAliveTimeout: 72_000,
  maxHeaderSize: 16_384,
} as const;
const REQUEST_TIMEOUT_MS = 30_000;

/** Something outside the program stops it from starting; the message is one line that names the setting to mend. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

function serverOptions({ tls, incomingMessage = IncomingMessage }: ApplicationOptions) {
  const { headersTimeout, maxHeaderSize, handshakeTimeout } = SERVER_LIMITS;
  const limits = { headersTimeout, maxHeaderSize, IncomingMessage: incomingMessage };
  if (!tls) return { http: limits };
  return { https: { ...limits, ...tls, rejectUnauthorized: false, handshakeTimeout } };
}

/** A Nest application on Fastify as both apps need it, not yet listening. */
export async function createApplication(
  module: Type | DynamicModule,
  options: ApplicationOptions,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    loggerInstance: options.logger,
    // Two lines a request, with its query: codes and names of people. `logRequests` writes one, without.
    logController: new LogController({ disableRequestLogging: true }),
    // A caller's own id is not taken over: it could forge the lines of another request.
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: options.trustProxy.length > 0 ? [...options.trustProxy] : false,
    bodyLimit: options.bodyLimit ?? 65_536,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    keepAliveTimeout: SERVER_LIMITS.keepAliveTimeout,
    ...serverOptions(options),
    return503OnClosing: false,
    clientErrorHandler: answerMalformed,
    frameworkErrors: answerBadPath,
    forceCloseConnections: 'idle',
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  fastify.addHook('onRequest', (request, reply, done) => {
    // Behind a proxy it is worked out anew from a header each time it is asked for: by limits, audit and log.
    if (options.trustProxy.length > 0) Object.defineProperty(request, 'ip', { value: request.ip });
    reply.header('x-request-id', request.id);
    done();
  });
  fastify.setChildLoggerFactory(requestLogger);
  if (options.requestLog !== false) logRequests(fastify);
  const endIdleConnections = trackIdleConnections(fastify.server);
  fastify.addHook('preClose', (done) => {
    endIdleConnections();
    done();
  });
  await options.prepare?.(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: options.nestLogger,
    abortOnError: false,
    bodyParser: false,
  });
  app.useGlobalFilters(new HttpErrorFilter());
  return app;
}

/**
 * Listens, and stops cleanly at SIGTERM or SIGINT: accept nothing new, let what runs finish, flush, exit; at the
 * latest after `shutdownTimeout`.
 * @throws StartError when the address cannot be had
 */
export async function serve(app: NestFastifyApplication, options: ApplicationOptions): Promise<void> {
  onStop(() => app.close(), options.shutdownTimeout, options.logger);
  await initialise(app);
  try {
    await app.listen({ port: options.port, host: options.host });
  } catch (error) {
    await app.close();
    throw new StartError(`${options.portSetting}: ${listenFault(error, options)}`);
  }
  options.logger.info({ address: await app.getUrl() }, 'listening');
}

/** Apart from listening, so that a fault of a module is not taken for one of the address. */
async function initialise(app: NestFastifyApplication): Promise<void> {
  try {
    await app.init();
  } catch (error) {
    await app.close();
    throw error;
  }
}

function listenFault(error: unknown, { host, port }: ApplicationOptions): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is in use by another program`;
  if (code === 'EACCES') return `port ${port} may not be used by this user`;
  return `cannot listen on ${host}:${port}: ${(error as Error).message}`;
}
