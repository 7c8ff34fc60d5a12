import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { RedirectAnswer } from '../guards/route-guard.js';

/** Sends a browser where a guard wants it. */
@Catch(RedirectAnswer)
export class RedirectFilter implements ExceptionFilter {
  catch({ location, cookies }: RedirectAnswer, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (cookies.length > 0) void reply.header('set-cookie', [...cookies]);
    void reply.header('cache-control', 'no-store').redirect(location, 302);
  }
}
