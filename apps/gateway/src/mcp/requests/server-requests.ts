import { Problem } from '@gatehouse/http';
import type { Call } from '../../calls/call.js';
import { ConnectNeeded } from '../connections/connect-needed.js';
import { orConnect } from '../connections/tell-connect.js';
import type { Asked, McpEndpoint } from '../endpoint.js';
import { REFUSED } from '../protocol/json-rpc.js';
import { McpProblem } from '../protocol/mcp-problem.js';
import { resultFor } from '../protocol/result-for.js';
import { STATELESS } from '../protocol/versions.js';
import { label } from './known.js';
import type { Target } from './target.js';

/** Requests for what servers have: who may, how often, and what is told of them. */
export class ServerRequests {
  constructor(private readonly endpoint: McpEndpoint) {}

  /**
   * @param ask sends it on, and answers; returns how it ended, in a word
   * @throws Problem
   */
  async run(asked: Asked, target: Target, ask: (passed: Asked) => Promise<string>): Promise<void> {
    const { call, gone } = asked.asker;
    this.endpoint.calls.begun(asked.method, target);
    let outcome = 'caller_left';
    try {
      const isAsked = await orConnect(target.server, await this.heard(asked), async (passed) => {
        outcome = await ask(passed);
      });
      if (isAsked) outcome = 'account_needed';
    } catch (error) {
      if (!gone.aborted) outcome = outcomeOf(error, call);
      if (!(error instanceof ConnectNeeded)) throw error;
      call.fault ??= error.fault;
      tellWhere(asked, target, error);
    } finally {
      call.upstream = target.server.name;
      call.part = label(target);
      this.endpoint.calls.ended(asked.method, call, target, outcome);
    }
  }

  /** Before 2026-07-28, a session says once what it wants to hear of logs. */
  private async heard(asked: Asked): Promise<Asked> {
    const { asker } = asked;
    if (asker.version === STATELESS) return asked;
    return { ...asked, asker: { ...asker, log: await this.endpoint.logLevels.of(asker.key) } };
  }

  /** @throws Problem 403 where the caller lacks scopes, 429 where it has asked too often */
  async admit({ asker: { call } }: Asked, { server, kind, name }: Target): Promise<void> {
    const rules = server.rules[kind];
    if (!rules.isFor(name, call.caller.scopes ?? [])) {
      throw this.endpoint.insufficientScope(call, rules.scopesOf(name), kind);
    }
    await rules.charge(name, call);
  }
}

function tellWhere({ asker, answer }: Asked, { kind }: Target, { message, url }: ConnectNeeded): void {
  if (kind !== 'tool') return answer.error({ code: REFUSED, message, data: { url } });
  // MCP, Tools, Error Handling: as a result, for the model to see it, and to tell the user.
  answer.result(resultFor(asker.version, { content: [{ type: 'text', text: message }], isError: true }));
}

function outcomeOf(error: unknown, { fault }: Call): string {
  if (error instanceof McpProblem && error.fault !== undefined) return error.fault;
  return fault ?? (error instanceof Problem ? 'refused' : 'failed');
}
