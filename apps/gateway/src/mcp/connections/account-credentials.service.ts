import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../../guards/route-guard.js';
import { McpProblem } from '../protocol/mcp-problem.js';
import type { ServerCredentials } from '../servers/server-credentials.js';
import type { Person } from './account.js';
import { Accounts } from './accounts.service.js';
import { ConnectNeeded } from './connect-needed.js';
import type { OAuthServer } from './oauth-server.js';
import { People } from './people.service.js';

/** Says whether a caller has an account at a server. */
export interface AccountGate {
  /** @throws ConnectNeeded, McpProblem */
  demand(caller: Caller): Promise<void>;
  /** The user is at it: resolves when they are ready, or do not become so in time. */
  awaited(caller: Caller, gone: AbortSignal): Promise<void>;
}

const BEARER = 'Bearer ';
/** Clients wait for a minute by custom. */
const WAIT_MS = 40_000;
const LOOK_MS = 500;

/** Shows a server the token that its authorization server gave to the very user who calls. */
@Injectable()
export class AccountCredentials {
  constructor(
    private readonly accounts: Accounts,
    private readonly people: People,
  ) {}

  of(server: OAuthServer): ServerCredentials {
    const fields = async (caller: Caller, refused?: string) => ({
      authorization: BEARER + (await this.token(caller, server, refused)),
    });
    return {
      of: (caller) => fields(caller),
      renewed: (caller, { authorization = '' }) => fields(caller, authorization.slice(BEARER.length)),
    };
  }

  gate(server: OAuthServer): AccountGate {
    return {
      demand: async (caller) => void (await this.token(caller, server, undefined)),
      awaited: async (caller, gone) => {
        const person = this.people.of(caller);
        for (let waited = 0; person && waited < WAIT_MS && !gone.aborted; waited += LOOK_MS) {
          if ((await this.accounts.token(person, server)) !== undefined) return;
          await sleep(LOOK_MS);
        }
      },
    };
  }

  /** @throws ConnectNeeded, McpProblem */
  private async token(caller: Caller, server: OAuthServer, refused: string | undefined): Promise<string> {
    const person = this.people.of(caller);
    if (!person) throw nobody(server);
    const token = await this.accounts.token(person, server, refused);
    if (token !== undefined) return token;
    throw this.connectNeeded(caller, person, server);
  }

  private connectNeeded(caller: Caller, person: Person, server: OAuthServer): McpProblem {
    const url = this.people.linkFor(caller, person, server.name);
    if (url !== undefined) return new ConnectNeeded(server.name, url);
    const detail = `Nobody of ${person.issuer} can sign in at the gateway: it needs a login client for that issuer.`;
    return new McpProblem(403, detail, { fault: 'account_needed' });
  }
}

function nobody({ name }: OAuthServer): McpProblem {
  return new McpProblem(403, `The MCP server ${name} is for users who sign in: call with a user's token.`, {
    fault: 'account_needed',
  });
}
