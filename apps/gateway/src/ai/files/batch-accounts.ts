import type { Call } from '../../calls/call.js';
import type { Caller } from '../../guards/route-guard.js';
import type { Spender } from '../budgets/budget.js';
import type { AiTarget } from '../models/ai-target.js';
import { costOf } from '../prices/cost.js';
import type { Provider } from '../providers/ai-providers.service.js';
import type { AiCallRecord } from '../records/ai-call-record.js';
import type { BatchUsage } from './batch-usage.js';

/** What becomes of a batch's usage: a record, and a charge to budgets, which cannot refuse it any more. */
export interface BatchAccounts {
  teamsOf(caller: Caller): ReadonlySet<string>;
  /** @throws AiProblem where a budget has nothing left for whoever would begin one */
  demandRest(spender: Spender): Promise<void>;
  charge(spender: Spender, record: AiCallRecord, requests: number): Promise<void>;
}

/** Of the price, as OpenAI and others have it. */
const BATCH_FACTOR = 0.5;
const TIER = 'batch';

/** Counts batches that are over, for who made them. */
export class BatchCounting {
  /** @param targets of all models: what a model of the provider costs that the table of prices does not know */
  constructor(
    private readonly provider: Provider,
    private readonly targets: readonly AiTarget[],
    private readonly accounts: BatchAccounts,
  ) {}

  /** @throws AiProblem where a budget of the caller has nothing left */
  async demandRest(call: Call): Promise<void> {
    // Which models are in it is not known yet.
    await this.accounts.demandRest({ call, model: '', teams: this.accounts.teamsOf(call.caller) });
  }

  /** @param call by which it came to be known @param maker who made the batch @param key by which it is there */
  async count({ model, usage, requests }: BatchUsage, call: Call, maker: Caller, key: string | undefined) {
    const teams = this.accounts.teamsOf(maker);
    const spender = { call: { caller: maker, headers: {}, route: call.route }, model: model ?? '', teams };
    const { provider } = this;
    const record: AiCallRecord = {
      id: call.id,
      at: Date.now(),
      route: call.route.name,
      api: call.route.api,
      consumer: maker.consumer,
      credential: maker.credential,
      client: maker.clientId,
      subject: maker.subject,
      teams: [...teams],
      operation: TIER,
      dialect: 'openai',
      model,
      provider: provider.name,
      servedModel: model,
      providerType: provider.typeName,
      providerUrl: provider.baseUrl,
      answeringModel: model,
      key,
      prompt: undefined,
      promptVersion: undefined,
      stream: false,
      status: 200,
      finish: undefined,
      fault: undefined,
      tries: requests,
      firstTokenMs: undefined,
      ms: 0,
      usage,
      cost: this.costOf(model, usage),
      serviceTier: TIER,
      cache: undefined,
      saved: undefined,
      estimated: false,
      guardrails: [],
    };
    await this.accounts.charge(spender, record, requests);
  }

  private costOf(model: string | undefined, usage: BatchUsage['usage']): number | undefined {
    if (model === undefined || usage.input === undefined) return undefined;
    const { provider } = this;
    const target = this.targets.find((one) => one.provider.name === provider.name && isOf(one.model, model));
    const factor = target?.tiers?.[TIER] ?? BATCH_FACTOR;
    return costOf({ model, price: target?.price, provider }, usage, Date.now(), factor);
  }
}

/** Answers name a model with the day of its version: `gpt-5-mini-2025-08-07`. */
function isOf(asked: string, told: string): boolean {
  return (
    told === asked || (told.startsWith(`${asked}-`) && /^\d{4}-\d\d-\d\d$/.test(told.slice(asked.length + 1)))
  );
}
