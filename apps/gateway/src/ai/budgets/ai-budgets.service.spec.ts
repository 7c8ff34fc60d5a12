import { randomUUID } from 'node:crypto';
import { Metrics } from '@gatehouse/observability';
import { MemoryStore, RedisStore, type Store } from '@gatehouse/store';
import { DIALECTS } from '../dialects-by-name.js';
import { AiCall } from '../records/ai-call.js';
import { Asked } from '../requests/asked.js';
import { aiBudgetDefinition } from './ai-budget-definition.js';
import { AiBudgets, type Spending } from './ai-budgets.service.js';
import { Budget } from './budget.js';
import { Reservations } from './reservations.service.js';

const redisUrl = process.env.TEST_REDIS_URL;
const backings: [name: string, open: () => Store][] = [['the in-process store', () => new MemoryStore()]];
if (redisUrl) {
  backings.push(['Redis', () => new RedisStore(redisUrl, `test-${randomUUID()}:`, () => undefined)]);
}

/** A call of which all that budgets look at is there; it goes on until `end`. */
function spending(maxTokens: number): Spending & { end(): void } {
  const body = Buffer.from(JSON.stringify({ model: 'own', max_tokens: maxTokens, messages: [] }));
  const operation = { name: 'chat', dialect: 'openai' } as const;
  const target = { model: 'mine', price: { input: 0, output: 10 }, provider: { type: {} } };
  const endings: (() => void)[] = [];
  return {
    call: {
      caller: {},
      headers: {},
      route: { name: 'ai' },
      response: {},
      atEnd: (work: () => void) => endings.push(work),
    } as never,
    aiCall: new AiCall('chat', 'openai'),
    asked: new Asked(operation, DIALECTS.openai, body, new URLSearchParams()),
    model: { name: 'own', targets: [target], assumed_output: 1 } as never,
    end: () => endings.forEach((work) => work()),
  };
}

describe.each(backings)('calls at the same moment: %s', (_, open) => {
  let store: Store;
  beforeEach(() => (store = open()));
  afterEach(() => store.close());

  /** Were it looked at in one step and counted in another, all of them would see the same rest. */
  it('get no more together than one after the other (LiteLLM #26672, #34732)', async () => {
    const reservations = new Reservations(store, { off: true, onKept: () => undefined } as never);
    const nobody = undefined as never;
    const metrics = new Metrics('test');
    const budgets = new AiBudgets(nobody, nobody, reservations, nobody, nobody, nobody, metrics);
    const definition = { name: 'ten', of: 'all', unit: 'usd', limit: 10, per: 'day' };
    const route = {
      budgets: [new Budget(aiBudgetDefinition.parse(definition))],
      teamsOf: () => new Set<string>(),
    };
    // A dollar each.
    const calls = Array.from({ length: 500 }, () => spending(100_000));
    const outcomes = await Promise.allSettled(calls.map((call) => budgets.reserve(route, call)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    for (const call of calls) call.end();
    await store.ping();
    // They never asked anybody, and all is free again.
    await expect(budgets.reserve(route, spending(1_000_000))).resolves.toBe(true);
    await expect(budgets.reserve(route, spending(1))).rejects.toMatchObject({ code: 'budget_exceeded' });
  });
});
