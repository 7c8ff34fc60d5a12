import { faultsOf, type FieldFault, Problem } from '@gatehouse/http';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { compileChain, type PolicyChain } from './policy-chain.js';
import { onlyWhen } from './policy-condition.js';
import type { PolicyDefinition } from './policy-definition.js';
import { Policy, type PolicyHooks, type PolicyPlace, type PolicyType } from './policy.js';

/** All kinds of policy that the gateway has, its own and in-house ones alike. */
@Injectable()
export class Policies implements OnModuleInit {
  private readonly logger = new Logger(Policies.name);
  private readonly types = new Map<string, PolicyType>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: Policy.KEY })) {
      const type = this.discovery.getMetadataByDecorator(Policy, wrapper);
      if (type === undefined) continue;
      if (this.types.has(type)) throw new Error(`Two policies claim the type ${type}`);
      this.types.set(type, wrapper.instance as PolicyType);
    }
  }

  /** What is wrong with a chain. @param pointer where it stands @param place left out: many */
  faults(chain: readonly PolicyDefinition[], pointer = '/policies', place?: PolicyPlace): FieldFault[] {
    return chain.flatMap((one, index) => {
      const type = this.types.get(one.type);
      if (!type) {
        const detail = `must be one of ${[...this.types.keys()].sort().join(', ')}`;
        return [{ pointer: `${pointer}/${index}/type`, detail }];
      }
      const result = type.settings.safeParse(settingsOf(one));
      const faults = result.success
        ? ((place && type.faults?.(result.data, place)) ?? [])
        : faultsOf(result.error);
      return faults.map((fault) => ({ ...fault, pointer: `${pointer}/${index}${fault.pointer}` }));
    });
  }

  /** The chain ready to run. A policy that cannot be used refuses every call: it may be what kept the route safe. */
  compile(
    chain: readonly PolicyDefinition[],
    place: PolicyPlace,
    first: readonly PolicyHooks[] = [],
  ): PolicyChain {
    return compileChain([...first, ...chain.map((one) => this.hooksOf(one, place))]);
  }

  private hooksOf(one: PolicyDefinition, place: PolicyPlace): PolicyHooks {
    const type = this.types.get(one.type);
    const result = type?.settings.safeParse(settingsOf(one));
    if (!type || !result?.success) return REFUSING;
    try {
      const hooks = type.create(result.data, place);
      return one.when ? onlyWhen(one.when, hooks) : hooks;
    } catch (error) {
      this.logger.error(
        `Route ${place.route}: the policy ${one.type} cannot be used: ${(error as Error).message}`,
      );
      return REFUSING;
    }
  }
}

const REFUSING: PolicyHooks = {
  onArrival() {
    throw new Problem(503, 'A policy of this route cannot be used; see the log of the gateway.');
  },
};

function settingsOf({ type: _type, when: _when, ...settings }: PolicyDefinition): object {
  return settings;
}
