import { Logger } from '@nestjs/common';
import type { JsonObject } from '../../wire/json.js';
import type { Asker } from '../client/asker.js';
import type { Peer } from '../client/mcp-backend.js';
import type { Said } from '../client/said.js';
import { type Timeouts, withinTimeouts } from '../client/within-timeouts.js';
import { McpProblem } from '../protocol/mcp-problem.js';
import type { ProgramDefinition } from './program-file.js';
import { ProgramSession } from './program-session.js';

const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
/** Whatever runs for this long has started well. */
const SETTLED_MS = 60_000;

/** A program on this machine: it is started when it is first asked, and again, with ever longer pauses, when it ends. */
export class Program {
  private readonly logger = new Logger(Program.name);
  private session: ProgramSession | undefined;
  private failures = 0;
  private startableAt = 0;
  private isStopped = false;

  constructor(
    private readonly name: string,
    private readonly definition: ProgramDefinition,
  ) {}

  /** How a server of the configuration asks it. */
  peer(timeouts: Timeouts): Peer {
    return { ask: (method, params, asker) => this.ask(timeouts, method, params, asker) };
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.session?.program.stop();
  }

  private ask(timeouts: Timeouts, method: string, params: JsonObject, asker: Asker): AsyncIterable<Said> {
    return withinTimeouts(timeouts, asker, (within) => this.running().ask(method, params, within));
  }

  /** @throws McpProblem 502 while it may not be started */
  private running(): ProgramSession {
    if (this.session) return this.session;
    if (this.isStopped || Date.now() < this.startableAt) {
      throw new McpProblem(502, 'The MCP server has ended, and is started again in a while.', {
        fault: 'upstream_unreachable',
      });
    }
    const session = new ProgramSession(this.name, this.definition);
    const startedAt = Date.now();
    this.session = session;
    void session.program.ended.then((error) => this.hasEnded(error, startedAt));
    return session;
  }

  private hasEnded(error: Error, startedAt: number): void {
    this.session = undefined;
    if (this.isStopped) return;
    if (Date.now() - startedAt > SETTLED_MS) this.failures = 0;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.failures++, MAX_PAUSE_MS);
    this.startableAt = Date.now() + pause;
    this.logger.warn(`${this.name} is not started again for ${pause / 1_000} s: ${error.message}`);
  }
}
