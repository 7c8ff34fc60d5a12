import { parse, Problem } from '@gatehouse/http';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../../admin/admin-api.js';
import { ConfigurationInForce } from '../../configuration/configuration-in-force.service.js';
import { AiBudgets } from './ai-budgets.service.js';
import { aboutBudget, BudgetSpending } from './budget-spending.service.js';

const MAX_PAGE = 1_000;
const text = z.string().min(1).max(500).optional();

const query = z.strictObject({
  holder: text.describe('One alone'),
  after: text.describe('Those whose names come after this one'),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(100),
});

/** `/admin/v1/ai-budgets/{name}/spending`: what is used of a budget, and by whom. */
@Controller('admin/v1/ai-budgets/:name/spending')
@AdminApi()
export class BudgetSpendingController {
  constructor(
    private readonly configuration: ConfigurationInForce,
    private readonly budgets: AiBudgets,
    private readonly spending: BudgetSpending,
  ) {}

  @Get()
  async spent(@Param('name') name: string, @Query() asked: unknown) {
    const { holder, after = '', limit } = parse(query, asked);
    const budget = this.budgets.all(this.configuration.current).get(name);
    if (!budget) throw new Problem(404, 'There is no AI budget of this name.');
    const all = holder === undefined ? await this.spending.holders(budget) : [holder];
    const rest = all.filter((one) => one > after);
    const page = rest.slice(0, limit);
    const holders = await this.spending.look(page.map((one) => ({ ...budget.counterOf(one), budget })));
    return { ...aboutBudget(budget), holders, ...(rest.length > limit ? { next: page.at(-1) } : {}) };
  }
}
