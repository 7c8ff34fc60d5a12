import { parse, Problem } from '@gatehouse/http';
import { LimitsGuard } from '@gatehouse/throttling';
import { Controller, Get, Header, Query, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Caller, RedirectAnswer } from '../guards/route-guard.js';
import { type Authenticate, RouteGuards } from '../guards/route-guards.service.js';
import type { RouteDefinition } from '../routes/route-definition.js';
import { RoutesInForce } from '../routes/routes-in-force.service.js';
import { QuotaUsages } from './quota-usage.service.js';

const query = z.strictObject({ route: z.string().min(1).max(100) });

/** `/.gatehouse/quota`: callers see what is left of their own plan, and use nothing of it. */
@Controller('.gatehouse/quota')
@UseGuards(LimitsGuard)
export class QuotaController {
  private readonly known = new WeakMap<RouteDefinition, { readonly by: Authenticate | undefined }>();

  constructor(
    private readonly routes: RoutesInForce,
    private readonly guards: RouteGuards,
    private readonly usages: QuotaUsages,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  async quota(@Query() asked: unknown, @Req() request: FastifyRequest) {
    const { route } = parse(query, asked);
    const caller = await this.callerAt(route, request);
    const quotas = await this.usages.of(caller);
    return { consumer: caller.consumer, plan: caller.plan, quotas };
  }

  /** Who calls, as the guards of a route see it: with the credentials that a call to the route has. */
  private async callerAt(name: string, request: FastifyRequest): Promise<Caller> {
    const definition = this.routes.definitions.find((one) => one.name === name);
    // A public route tells nobody apart.
    const authenticate = definition && this.authenticate(definition);
    if (!authenticate) throw new Problem(404, 'No route of this name asks who calls.');
    try {
      return await authenticate(request);
    } catch (refusal) {
      if (!(refusal instanceof RedirectAnswer)) throw refusal;
      throw new Problem(401, 'Sign in first.');
    }
  }

  private authenticate(definition: RouteDefinition): Authenticate | undefined {
    const known = this.known.get(definition);
    if (known) return known.by;
    const by = this.guards.compileAll(definition.guards);
    this.known.set(definition, { by });
    return by;
  }
}
