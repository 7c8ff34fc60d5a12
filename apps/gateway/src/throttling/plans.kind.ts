import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import {
  type ConfigKind,
  Configured,
  type Configuration,
  type ConfigurationUser,
  UsesConfiguration,
} from '../configuration/config-kind.js';
import { type PlanDefinition, planDefinition } from './plan-definition.js';
import { compilePlan, Plans } from './plans.service.js';

/** `/admin/v1/plans`: how much a consumer may call, over all routes. */
@Injectable()
@Configured('plans')
@UsesConfiguration()
export class PlansKind implements ConfigKind<PlanDefinition>, ConfigurationUser {
  readonly singular = 'plan';
  readonly schema: z.ZodType<PlanDefinition> = planDefinition;

  constructor(private readonly plans: Plans) {}

  prepare(next: Configuration): () => void {
    const compiled = new Map(
      [...next.of<PlanDefinition>(this)].map(([name, { definition }]) => [name, compilePlan(definition)]),
    );
    return () => this.plans.putInForce(compiled);
  }
}
