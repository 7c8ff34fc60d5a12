import { Problem } from '@gatehouse/http';
import { addressGroup, type Limit } from '@gatehouse/throttling';
import { Injectable } from '@nestjs/common';
import type { Call } from '../calls/call.js';
import type { Caller } from '../guards/route-guard.js';
import { compileLimit, type CompiledLimit } from './compiled-limit.js';
import { CompiledQuota } from './compiled-quota.js';
import { namedCaller } from './limit-subject.js';
import type { PlanDefinition } from './plan-definition.js';

/** A plan ready to count. */
export interface Plan {
  readonly definition: PlanDefinition;
  readonly quotas: readonly CompiledQuota[];
  /** Its limits, and its quotas after them. */
  readonly all: readonly CompiledLimit[];
}

/** The plans in force. */
@Injectable()
export class Plans {
  private byName: ReadonlyMap<string, Plan> = new Map();

  putInForce(plans: ReadonlyMap<string, Plan>): void {
    this.byName = plans;
  }

  find(name: string): Plan | undefined {
    return this.byName.get(name);
  }

  /** @throws Problem 503 when there is no such plan: nobody may call without limits because a name is wrong */
  get(name: string): Plan {
    const plan = this.byName.get(name);
    if (plan) return plan;
    throw new Problem(
      503,
      `The plan "${name}" of this caller does not exist. Tell whoever runs this gateway.`,
    );
  }
}

export function compilePlan(definition: PlanDefinition): Plan {
  const quotas = definition.quotas.map((quota) => new CompiledQuota(quota, definition.name, planKeyOfCall));
  const limits = definition.limits.map((limit) => compileLimit(limit, definition.name, planKeyOfCall));
  return { definition, quotas, all: [...limits, ...quotas] };
}

/** How a caller's quotas stand, to be looked at. */
export function quotasOf(plan: Plan, caller: Caller): Limit[] {
  const who = namedCaller({ caller });
  return who === undefined ? [] : plan.quotas.map((quota) => quota.at(planKey(who)));
}

function planKeyOfCall(call: Call): string {
  return planKey(namedCaller(call) ?? `address:${addressGroup(call.ip)}`);
}

/**
 * All counters of one caller share a slot. The plan's name is no part of it: who changes from one plan to another goes on
 * with what is counted.
 */
function planKey(who: string): string {
  return `plan:{${encodeURIComponent(who)}}:`;
}
