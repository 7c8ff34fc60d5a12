import { missingScopes } from '@gatehouse/token';
import type { Call } from '../calls/call.js';
import type { CallLimits } from '../throttling/call-limits.service.js';
import { compileLimit, type CompiledLimit } from '../throttling/compiled-limit.js';
import type { A2aAgentDefinition, AgentRule } from './a2a-agent-definition.js';
import type { Method } from './protocol/methods.js';

interface CompiledRule extends Pick<AgentRule, 'methods' | 'scopes'> {
  readonly counted: readonly CompiledLimit[];
}

/** Which scopes the methods of an agent need, and how much of them there is. */
export class MethodRules {
  private readonly rules: readonly CompiledRule[];

  constructor(
    { name, rules }: Pick<A2aAgentDefinition, 'name' | 'rules'>,
    private readonly limits: CallLimits,
  ) {
    this.rules = rules.map(({ methods, scopes, limits: all }) => {
      // All counters of an agent share a slot of a Redis Cluster, so that one script reaches them.
      const prefix = `limit:{a2a:${name}}:${methods.join()}:`;
      return { methods, scopes, counted: all.map((one) => compileLimit(one, name, () => prefix)) };
    });
  }

  /** All scopes that some method needs. */
  get scopes(): readonly string[] {
    return this.rules.flatMap(({ scopes }) => scopes);
  }

  /** What a caller lacks. */
  missing(method: Method, { caller: { scopes: granted = [] } }: Call): readonly string[] {
    return missingScopes(granted, [...new Set(this.about(method).flatMap(({ scopes }) => scopes))]);
  }

  /** @throws Problem 429, or 503 where it cannot be counted */
  async charge(method: Method, call: Call): Promise<void> {
    const limits = this.about(method).flatMap(({ counted }) => counted);
    if (limits.length > 0) await this.limits.charge(call, limits);
  }

  private about(method: Method): readonly CompiledRule[] {
    return this.rules.filter(({ methods }) => methods.includes(method));
  }
}
