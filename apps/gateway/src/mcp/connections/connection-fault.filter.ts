import { errorPage, sendPage } from '@gatehouse/pages';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConnectionFault } from './connection-fault.js';

/** A page for an account that could not be connected. */
@Catch(ConnectionFault)
export class ConnectionFaultFilter implements ExceptionFilter {
  catch({ message }: ConnectionFault, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { id: requestId } = http.getRequest<FastifyRequest>();
    const page = errorPage({ title: 'Your account is not connected', text: message, requestId });
    void sendPage(http.getResponse<FastifyReply>(), 403, page);
  }
}
