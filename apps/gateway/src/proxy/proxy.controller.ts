import { All, Controller, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { RouteLimitsGuard } from '../throttling/route-limits.guard.js';
import { CallerGuard } from './caller.guard.js';
import { ForwardService } from './forward.service.js';
import type { ProxiedRequest } from './proxied-request.js';
import { RedirectFilter } from './redirect.filter.js';
import { RouteMatchGuard } from './route-match.guard.js';

/** Everything that is not the gateway's own: which route, who calls, how much, and on to the upstream. */
@Controller()
@UseGuards(RouteMatchGuard, CallerGuard, RouteLimitsGuard)
@UseFilters(RedirectFilter)
export class ProxyController {
  constructor(private readonly forwarding: ForwardService) {}

  @All('*')
  proxy(@Req() request: ProxiedRequest, @Res() reply: FastifyReply): void {
    this.forwarding.forward(request, reply);
  }
}
