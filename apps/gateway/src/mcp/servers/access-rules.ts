import { missingScopes } from '@gatehouse/token';
import type { Call } from '../../calls/call.js';
import type { CallLimits } from '../../throttling/call-limits.service.js';
import { compileLimit, type CompiledLimit } from '../../throttling/compiled-limit.js';
import type { Access, AccessRule } from './access-definition.js';
import { type Matching, NAMES } from './name-matcher.js';

interface CompiledRule {
  readonly isAbout: (name: string) => boolean;
  readonly scopes: readonly string[];
  readonly limits: readonly CompiledLimit[];
}

/** Which tools, prompts or resources of a server there are, for whom, and how much of them. */
export class AccessRules {
  private readonly isAllowed: (name: string) => boolean;
  private readonly isDenied: (name: string) => boolean;
  private readonly rules: readonly CompiledRule[];

  constructor(
    server: string,
    { kind, allow, deny, rules }: Access,
    private readonly limits: CallLimits,
    matching: Matching = NAMES,
  ) {
    this.isAllowed = matching.given(allow ?? ['*']);
    this.isDenied = matching.restricted(deny);
    // All counters of a server share a slot of a Redis Cluster, so that one script reaches them.
    const prefix = `limit:{mcp:${server}}:${kind}:`;
    this.rules = rules.map((rule) => compileRule(rule, server, prefix, matching));
  }

  /** All scopes that some of them need. */
  get scopes(): readonly string[] {
    return this.rules.flatMap(({ scopes }) => scopes);
  }

  /** Whether there is such a one, for anybody. */
  has(name: string): boolean {
    return this.isAllowed(name) && !this.isDenied(name);
  }

  /** What a caller needs to see and to use it. */
  scopesOf(name: string): readonly string[] {
    return [...new Set(this.about(name).flatMap(({ scopes }) => scopes))];
  }

  /** Whether it is there for whoever has these scopes. */
  isFor(name: string, granted: readonly string[]): boolean {
    return this.has(name) && missingScopes(granted, this.scopesOf(name)).length === 0;
  }

  /** @throws Problem 429, or 503 where it cannot be counted */
  async charge(name: string, call: Call): Promise<void> {
    const limits = this.about(name).flatMap((rule) => rule.limits);
    if (limits.length > 0) await this.limits.charge(call, limits);
  }

  private about(name: string): readonly CompiledRule[] {
    return this.rules.filter(({ isAbout }) => isAbout(name));
  }
}

function compileRule(
  { names, scopes, limits }: AccessRule,
  server: string,
  prefix: string,
  matching: Matching,
): CompiledRule {
  const own = `${prefix}${JSON.stringify(names)}:`;
  return {
    isAbout: matching.restricted(names),
    scopes,
    limits: limits.map((one) => compileLimit(one, server, () => own)),
  };
}
