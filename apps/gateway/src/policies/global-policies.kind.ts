import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type ConfigKind, Configured, type Configuration } from '../configuration/config-kind.js';
import { Policies } from './policies.service.js';
import { policyChain, type PolicyDefinition } from './policy-definition.js';

const definition = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _'),
  policies: policyChain,
});

type GlobalPoliciesDefinition = z.output<typeof definition>;

/** `/admin/v1/global-policies`: chains that every route begins with, in the order of their names. */
@Injectable()
@Configured('global-policies')
export class GlobalPoliciesKind implements ConfigKind<GlobalPoliciesDefinition> {
  readonly singular = 'chain of global policies';
  readonly schema: z.ZodType<GlobalPoliciesDefinition> = definition;

  constructor(private readonly policies: Policies) {}

  faults({ policies }: GlobalPoliciesDefinition): FieldFault[] {
    return this.policies.faults(policies);
  }

  /** What kept the gateway safe and cannot be read closes all of it. */
  standIn(name: string): GlobalPoliciesDefinition {
    return { name, policies: [{ type: 'faulty global policies' }] };
  }

  /** All of them as one chain. */
  in(configuration: Configuration): readonly PolicyDefinition[] {
    return [...configuration.of<GlobalPoliciesDefinition>(this).values()].flatMap(
      ({ definition: one }) => one.policies,
    );
  }
}
