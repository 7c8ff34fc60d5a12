import { parse } from '@gatehouse/http';
import { LimitsGuard } from '@gatehouse/throttling';
import { Controller, Get, Header, Query, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RouteCallers } from '../routes/route-callers.service.js';
import { QuotaUsages } from './quota-usage.service.js';

const query = z.strictObject({ route: z.string().min(1).max(100) });

/** `/.gatehouse/quota`: callers see what is left of their own plan, and use nothing of it. */
@Controller('.gatehouse/quota')
@UseGuards(LimitsGuard)
export class QuotaController {
  constructor(
    private readonly callers: RouteCallers,
    private readonly usages: QuotaUsages,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  async quota(@Query() asked: unknown, @Req() request: FastifyRequest) {
    const { caller } = await this.callers.at(parse(query, asked).route, request);
    const quotas = await this.usages.of(caller);
    return { consumer: caller.consumer, plan: caller.plan, quotas };
  }
}
