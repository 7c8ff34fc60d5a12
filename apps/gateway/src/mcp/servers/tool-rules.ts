import { missingScopes } from '@gatehouse/token';
import type { Call } from '../../calls/call.js';
import type { CallLimits } from '../../throttling/call-limits.service.js';
import { compileLimit, type CompiledLimit } from '../../throttling/compiled-limit.js';
import type { McpServerDefinition, ToolRule } from './mcp-server-definition.js';
import { nameMatcher } from './name-matcher.js';

interface CompiledRule {
  readonly isAbout: (tool: string) => boolean;
  readonly scopes: readonly string[];
  readonly limits: readonly CompiledLimit[];
}

/** Which tools of a server there are, for whom, and how much of them. */
export class ToolRules {
  private readonly isAllowed: (tool: string) => boolean;
  private readonly isDenied: (tool: string) => boolean;
  private readonly rules: readonly CompiledRule[];

  constructor(
    { name, tools }: Pick<McpServerDefinition, 'name' | 'tools'>,
    private readonly limits: CallLimits,
  ) {
    this.isAllowed = nameMatcher(tools.allow ?? ['*']);
    this.isDenied = nameMatcher(tools.deny);
    this.rules = tools.rules.map((rule) => compileRule(rule, name));
  }

  /** All scopes that some tool needs. */
  get scopes(): readonly string[] {
    return this.rules.flatMap(({ scopes }) => scopes);
  }

  /** Whether there is such a tool, for anybody. */
  has(tool: string): boolean {
    return this.isAllowed(tool) && !this.isDenied(tool);
  }

  /** What a caller needs to see and to call it. */
  scopesOf(tool: string): readonly string[] {
    return [...new Set(this.about(tool).flatMap(({ scopes }) => scopes))];
  }

  /** Whether it is there for whoever has these scopes. */
  isFor(tool: string, granted: readonly string[]): boolean {
    return this.has(tool) && missingScopes(granted, this.scopesOf(tool)).length === 0;
  }

  /** @throws Problem 429, or 503 where it cannot be counted */
  async charge(tool: string, call: Call): Promise<void> {
    const limits = this.about(tool).flatMap((rule) => rule.limits);
    if (limits.length > 0) await this.limits.charge(call, limits);
  }

  private about(tool: string): readonly CompiledRule[] {
    return this.rules.filter(({ isAbout }) => isAbout(tool));
  }
}

function compileRule({ tools, scopes, limits }: ToolRule, server: string): CompiledRule {
  // All counters of a server share a slot of a Redis Cluster, so that one script reaches them.
  const prefix = `limit:{mcp:${server}}:${JSON.stringify(tools)}:`;
  return {
    isAbout: nameMatcher(tools),
    scopes,
    limits: limits.map((one) => compileLimit(one, server, () => prefix)),
  };
}
