import { All, Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Proxy } from './proxy.service.js';

/** What began like a path of the gateway's own and is none: a route may have it. */
@Controller()
export class ProxyController {
  constructor(private readonly proxy: Proxy) {}

  @All('*')
  take(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.hijack();
    this.proxy.handle(request.raw, reply.raw);
  }
}
