import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoneGateway } from '../gateway/lone-gateway.js';
import {
  type AnyClient,
  callTool,
  handshakeClient,
  post,
  startMcpGateway,
  statelessClient,
} from './mcp-gateway.js';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-programs-'));
const pids = (name: string) => readFileSync(join(folder, name), 'utf8').trim().split('\n');
const here = (name: string) => join(process.cwd(), 'test/mcp/programs', name);

function isRunning(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 50) {
    if (waited > 20_000) throw new Error('it did not happen');
    await sleep(50);
  }
}

describe('programs that are MCP servers (MCP, stdio)', () => {
  let gateway: LoneGateway;

  beforeAll(async () => {
    const program = (name: string, ...args: string[]) => ({
      command: process.execPath,
      args: [here(name), ...args],
    });
    const programs = {
      tools: {
        ...program('tools.mjs', join(folder, 'tools'), '$HOME; id', '*'),
        env: { GREETING: 'hello' },
        cwd: folder,
      },
      quiet: program('tools.mjs', join(folder, 'quiet')),
      stateless: program('stateless.mjs'),
      stubborn: program('stubborn.mjs', join(folder, 'stubborn')),
      missing: { command: '/nowhere/to/be/found' },
    };
    writeFileSync(join(folder, 'programs.yaml'), JSON.stringify(programs));
    gateway = await startMcpGateway({ GATEHOUSE_MCP_STDIO_FILE: join(folder, 'programs.yaml') });
    for (const name of Object.keys(programs)) {
      await gateway.add('mcp-servers', { name, program: name, timeouts: { answer: 15 } });
      await gateway.addRoute({ name, match: { paths: [`/${name}`] }, mcp: { servers: [name] } });
    }
  });
  afterAll(async () => {
    await gateway?.stop();
    rmSync(folder, { recursive: true });
  });

  const call = async (name: string, tool: string, more: object = {}) => {
    const got = await callTool(`${gateway.url}/${name}`, `${name}_${tool}`, {}, more);
    return { status: got.status, json: (await got.json()) as { result?: { content: { text: string }[] } } };
  };

  it('MCP, Capabilities: have no logging, as their log is passed to nobody', async () => {
    const client = (await handshakeClient(`${gateway.url}/quiet`)) as unknown as AnyClient;
    const capabilities = Object.keys(client.getServerCapabilities()!);
    await client.close();
    expect(capabilities.sort()).toEqual(['completions', 'prompts', 'resources', 'tools']);
    const setLevel = { jsonrpc: '2.0', id: 1, method: 'logging/setLevel', params: { level: 'info' } };
    const got = await post(`${gateway.url}/quiet`, setLevel, { 'mcp-session-id': 'a' });
    expect(await got.json()).toMatchObject({ error: { code: -32601 } });
  });

  it('are started when they are first asked, once for all callers', async () => {
    expect(() => pids('tools')).toThrow();
    const values = Array.from({ length: 20 }, (_, index) => String(index));
    const got = await Promise.all(values.map((value) => call('tools', 'echo', { arguments: { value } })));
    expect(got.map(({ json }) => json.result!.content[0]!.text)).toEqual(values);
    expect(pids('tools')).toHaveLength(1);
  });

  it('get their arguments as they are written, and nothing of the environment of the gateway', async () => {
    const { json } = await call('tools', 'told');
    const told = JSON.parse(json.result!.content[0]!.text) as Record<string, unknown>;
    expect(told).toEqual({ env: { GREETING: 'hello' }, args: ['$HOME; id', '*'], cwd: folder });
  });

  it.each([
    ['2026-07-28', statelessClient],
    ['2025-11-25', handshakeClient],
  ] as const)(
    'are asked by clients of %s, who get their own progress though they call it the same',
    async (_, connect) => {
      const one = async () => {
        const client = (await connect(`${gateway.url}/tools`)) as unknown as AnyClient;
        const steps: number[] = [];
        const run = client.callTool.bind(client) as unknown as (...args: unknown[]) => Promise<unknown>;
        const options = { onprogress: ({ progress }: { progress: number }) => steps.push(progress) };
        await run(
          { name: 'tools_steps' },
          ...(connect === statelessClient ? [options] : [undefined, options]),
        );
        await client.close();
        return steps;
      };
      expect(await Promise.all([one(), one(), one()])).toEqual(Array(3).fill([1, 2, 3]));
    },
  );

  it('may speak 2026-07-28 alone', async () => {
    expect((await call('stateless', 'any')).json.result!.content[0]!.text).toBe('stateless');
  });

  it('are told when a caller leaves', async () => {
    const leaving = new AbortController();
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'tools_slow', arguments: {} },
    };
    const asked = fetch(`${gateway.url}/tools`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      signal: leaving.signal,
    }).catch(() => undefined);
    await call('tools', 'echo');
    leaving.abort();
    await asked;
    await until(() => pids('tools').includes('cancelled'));
  });

  it('that end are started again, after a pause', async () => {
    expect((await call('tools', 'crash')).status).toBe(502);
    expect((await call('tools', 'echo')).json).toMatchObject({
      error: { message: 'The MCP server has ended, and is started again in a while.' },
    });
    await sleep(1_100);
    expect((await call('tools', 'echo')).status).toBe(200);
    expect(pids('tools').filter((line) => line !== 'cancelled')).toHaveLength(2);
  });

  it('that say what is no JSON-RPC are ended', async () => {
    const pid = pids('tools').at(-1)!;
    expect((await call('tools', 'garbage')).status).toBe(502);
    await until(() => !isRunning(pid));
  });

  it('that run on, but say no more, are ended', async () => {
    expect((await call('quiet', 'hush')).status).toBe(502);
    expect(isRunning(pids('quiet')[0]!)).toBe(false);
  });

  it('that cannot be started are a fault of the server', async () => {
    expect((await call('missing', 'any')).status).toBe(502);
  });

  it('end with the gateway, though they would rather not', async () => {
    await Promise.all([call('tools', 'echo'), fetch(`${gateway.url}/stubborn`, { method: 'POST' })]);
    const asked = call('stubborn', 'any').catch(() => undefined);
    await until(() => {
      try {
        return isRunning(pids('stubborn')[0]!);
      } catch {
        return false;
      }
    });
    await gateway.close();
    await asked;
    for (const pid of [...pids('stubborn'), ...pids('tools').filter((line) => line !== 'cancelled')]) {
      expect(isRunning(pid)).toBe(false);
    }
  });
});

describe('GATEHOUSE_MCP_STDIO_FILE', () => {
  it.each([
    ['a shell line', { x: { command: 'sh -c id' } }, 'must be an absolute path'],
    ['arguments as one text', { x: { command: '/bin/sh', args: '-c id' } }, '/x/args'],
    ['what it does not know', { x: { command: '/bin/sh', shell: true } }, 'shell'],
    ['no object', [], 'GATEHOUSE_MCP_STDIO_FILE'],
  ])('with %s stops the start', async (_, programs, detail) => {
    const own = mkdtempSync(join(tmpdir(), 'gatehouse-programs-'));
    const path = join(own, 'programs.json');
    writeFileSync(path, JSON.stringify(programs));
    await expect(startMcpGateway({ GATEHOUSE_MCP_STDIO_FILE: path })).rejects.toThrow(detail);
    rmSync(own, { recursive: true });
  });
});
