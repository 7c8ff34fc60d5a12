import { parse } from '@gatehouse/http';
import { LimitsGuard } from '@gatehouse/throttling';
import { Controller, Get, Header, Query, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ConfigurationInForce } from '../../configuration/configuration-in-force.service.js';
import { RouteCallers } from '../../routes/route-callers.service.js';
import { AiBudgets } from './ai-budgets.service.js';
import { chargesOf } from './budget.js';
import { aboutBudget, BudgetSpending } from './budget-spending.service.js';

const query = z.strictObject({
  route: z.string().min(1).max(100),
  model: z.string().min(1).max(128).describe('As a call would name it'),
});

/** `/.gatehouse/ai-budgets`: callers see what is left of the budgets that would count a call of a model, and use nothing. */
@Controller('.gatehouse/ai-budgets')
@UseGuards(LimitsGuard)
export class OwnBudgetsController {
  constructor(
    private readonly configuration: ConfigurationInForce,
    private readonly callers: RouteCallers,
    private readonly budgets: AiBudgets,
    private readonly spending: BudgetSpending,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  async own(@Query() asked: unknown, @Req() request: FastifyRequest) {
    const { route: name, model } = parse(query, asked);
    const { caller, definition } = await this.callers.at(name, request);
    const { budgets, teamsOf } = this.budgets.of(definition.ai?.budgets ?? [], this.configuration.current);
    const call = { caller, headers: request.headers, route: { name } };
    const charges = chargesOf(budgets, { call, model, teams: teamsOf(caller) });
    const spent = await this.spending.look(charges);
    return { budgets: spent.map((one, index) => ({ ...aboutBudget(charges[index]!.budget), ...one })) };
  }
}
