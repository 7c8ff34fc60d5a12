import { parse, Problem } from '@gatehouse/http';
import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import type { Caller } from '../guards/route-guard.js';
import { RouteGuards } from '../guards/route-guards.service.js';
import { QuotaUsages } from './quota-usage.service.js';

const name = z.string().min(1).max(500).optional();

const query = z
  .strictObject({ consumer: name, client: name, user: name, plan: name })
  .refine(({ consumer, client, user }) => [consumer, client, user].filter(Boolean).length === 1, {
    message: 'must name one of consumer, client and user',
  });

/** `/admin/v1/usage`: what callers have used of the quotas of their plans. */
@Controller('admin/v1/usage')
@AdminApi()
export class UsageController {
  constructor(
    private readonly guards: RouteGuards,
    private readonly usages: QuotaUsages,
  ) {}

  @Get()
  async usage(@Query() asked: unknown) {
    const { consumer, client, user, plan } = parse(query, asked);
    const named: Caller = {
      ...(consumer !== undefined && { consumer }),
      ...(client !== undefined && { clientId: client }),
      ...(user !== undefined && { subject: user }),
    };
    // A plan that a credential names is known to whoever asks alone.
    const caller = plan === undefined ? this.guards.identify(named) : { ...named, plan };
    if (caller.plan === undefined) throw new Problem(404, 'This caller has no plan.');
    const quotas = await this.usages.of(caller);
    return { consumer: caller.consumer, client, user, plan: caller.plan, quotas };
  }
}
