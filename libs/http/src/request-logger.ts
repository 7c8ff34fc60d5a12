import { requestLine } from './request-line.js';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

/** One line a request. */
export function logRequests(fastify: FastifyInstance): void {
  const log = requestLine(fastify.log as Logger);
  fastify.addHook('onResponse', (request, reply, done) => {
    log({
      reqId: request.id,
      method: request.method,
      url: request.raw.url!,
      status: reply.raw.statusCode,
      ms: reply.elapsedTime,
      ip: request.ip,
    });
    done();
  });
}

type MakeChild = FastifyBaseLogger['child'];

const METHODS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** A child logger that is made at its first line: most requests have none besides the one above. */
class LateChild {
  private made: FastifyBaseLogger | undefined;

  constructor(
    private readonly parent: FastifyBaseLogger,
    private readonly bindings: Parameters<MakeChild>[0],
    private readonly options: Parameters<MakeChild>[1],
  ) {}

  get own(): FastifyBaseLogger {
    return (this.made ??= this.parent.child(this.bindings, this.options));
  }

  get level(): string {
    return this.parent.level;
  }

  child(...args: Parameters<MakeChild>): FastifyBaseLogger {
    return this.own.child(...args);
  }
}

for (const method of METHODS) {
  Object.defineProperty(LateChild.prototype, method, {
    value(this: LateChild, ...line: [string]) {
      this.own[method](...line);
    },
  });
}

/** Gives each request its logger, which puts the request's id into each line. */
export function requestLogger(...args: ConstructorParameters<typeof LateChild>): FastifyBaseLogger {
  return new LateChild(...args) as unknown as FastifyBaseLogger;
}
