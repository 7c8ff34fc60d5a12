import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { readAdminBody } from './admin-body.js';

/** Reads the body behind the guards: nobody else makes this process keep and parse anything. */
@Injectable()
export class AdminBody implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.body = await readAdminBody(request);
    return next.handle();
  }
}
