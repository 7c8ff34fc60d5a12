import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { isDatabaseAway } from './database-away.js';
import { OAuthError } from './oauth-error.js';
import { Problem } from './problem.js';

/** PostgreSQL's codes for text that it cannot keep: a NUL, half a surrogate pair, malformed UTF-8. */
const UNSTORABLE: ReadonlySet<string> = new Set(['22021', '22P05', '22P02']);

const TELL_OUTAGE_MS = 10_000;

/** Turns what was thrown into an answer. What nobody meant to throw is logged and answered without detail. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('HttpErrorFilter');
  private tellAgainAt = 0;

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent || reply.raw.headersSent) {
      this.logger.error(thrown);
      reply.raw.destroy();
      return;
    }
    const error = this.known(thrown);
    this.report(thrown, error);
    const type = error instanceof OAuthError ? 'application/json' : 'application/problem+json';
    void reply
      .status(error.status)
      .headers({ 'cache-control': 'no-store', ...error.headers })
      .type(type)
      // As text: Fastify's serialiser for errors would add members of its own.
      .send(JSON.stringify(error));
  }

  /** Logs what nobody meant to throw. */
  report(thrown: unknown, error: OAuthError | Problem): void {
    if (error.status < 500 || thrown instanceof Problem) return;
    if (isStoreAway(thrown)) this.tellOutage((thrown as Error).message);
    else this.logger.error(thrown);
  }

  /** Every request of an outage fails alike: it is told now and then, and without a stack. */
  private tellOutage(message: string): void {
    const now = Date.now();
    if (now < this.tellAgainAt) return;
    this.tellAgainAt = now + TELL_OUTAGE_MS;
    this.logger.error(`Requests are answered with 503: ${message}`);
  }

  /** What is told about it, by status, headers and body. */
  known(thrown: unknown): OAuthError | Problem {
    if (thrown instanceof OAuthError || thrown instanceof Problem) return thrown;
    if (thrown instanceof HttpException) return fromNest(thrown);
    const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
    // Fastify's own refusals (a body too large, a malformed one, an unknown media type) carry a status below 500.
    if (typeof status === 'number' && status >= 400 && status < 500) {
      return new Problem(status, (thrown as Error).message);
    }
    if (UNSTORABLE.has(String((thrown as { code?: unknown } | null)?.code))) {
      return new Problem(400, 'The request holds text that is no Unicode text, or a NUL character.');
    }
    if (isStoreAway(thrown)) {
      return new Problem(503, 'A store this server needs does not answer. Try again shortly.', {
        headers: { 'retry-after': '1' },
      });
    }
    return new Problem(500, 'The server failed. The request id finds the cause in its log.');
  }
}

function isStoreAway(thrown: unknown): boolean {
  return (thrown as Error | null)?.name === 'StoreUnavailableError' || isDatabaseAway(thrown);
}

function fromNest(exception: HttpException): Problem {
  const status = exception.getStatus();
  // Nest's text for an unknown path repeats the URL; nothing of the request is echoed.
  return new Problem(status, status === 404 ? 'There is nothing at this address.' : exception.message);
}
