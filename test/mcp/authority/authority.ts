import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../../../apps/launcher/src/ports.js';

/** A request to the authorization server, and what it answered. */
export interface AskedOf {
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly status: number;
  readonly answer: Record<string, unknown>;
}

/** The authorization server of an MCP server: oidc-provider, in a process of its own. */
export interface Authority {
  readonly url: string;
  /** Whoever comes from now on is this one there. */
  signsInAs(account: string): Promise<void>;
  /** What was asked at its endpoints for clients, oldest first. @param path only there */
  asked(path?: string): Promise<AskedOf[]>;
  /** Whose account a token is for; undefined: it is none. @param resource for whom it must be */
  accountOf(token: string, resource: string): Promise<string | undefined>;
  /** Ends a token of a public client. */
  revoke(token: string, clientId: string): Promise<void>;
  stop(): Promise<void>;
}

export interface AuthorityOptions {
  /** Of access tokens, in seconds. */
  readonly lifetime?: number;
}

export async function startAuthority(options: AuthorityOptions = {}): Promise<Authority> {
  const port = await freePort();
  const program = join(process.cwd(), 'test/mcp/authority/oidc-provider.mjs');
  const child = spawn(process.execPath, [program, String(port), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const url = `http://127.0.0.1:${port}`;
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(url + path, { method: 'POST', headers, body: new URLSearchParams(form) });
  const authorization = `Basic ${Buffer.from('tickets:of-the-server').toString('base64')}`;
  return {
    url,
    signsInAs: async (account) =>
      void (await fetch(`${url}/test/account`, { method: 'POST', body: account })),
    asked: async (path) => {
      const all = (await (await fetch(`${url}/test/asked`)).json()) as AskedOf[];
      return all.filter((one) => path === undefined || one.path === path);
    },
    accountOf: async (token, resource) => {
      const answer = await post('/token/introspection', { token }, { authorization });
      const { active, sub, aud } = (await answer.json()) as { active: boolean; sub?: string; aud?: string };
      return active && aud === resource ? sub : undefined;
    },
    revoke: async (token, clientId) => {
      await post('/token/revocation', { token, client_id: clientId });
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}
