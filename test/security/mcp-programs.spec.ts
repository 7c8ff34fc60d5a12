import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdministeredGateway, startAdministeredGateway } from '../gateway/administered-gateway.js';

describe('LiteLLM CVE-2026-30623: who may write the configuration may not run programs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cve-'));
  const proof = join(folder, 'it-ran');
  let gateway: AdministeredGateway;

  beforeAll(async () => {
    const file = join(folder, 'programs.json');
    writeFileSync(file, JSON.stringify({ known: { command: '/bin/true' } }));
    gateway = await startAdministeredGateway({ GATEHOUSE_MCP_STDIO_FILE: file });
  });
  afterAll(async () => {
    await gateway?.stop();
    rmSync(folder, { recursive: true });
  });

  it.each<[string, object, string]>([
    ['a command', { command: '/bin/touch', args: [proof] }, ''],
    ['a command beside a program', { program: 'known', command: '/bin/touch', args: [proof] }, ''],
    ['arguments for a program', { program: 'known', args: [proof] }, ''],
    ['an environment for a program', { program: 'known', env: { LD_PRELOAD: '/tmp/x.so' } }, ''],
    ['transport stdio', { transport: 'stdio', url: 'https://mcp.example.com' }, '/transport'],
    ['a URL of a program', { url: `file:///bin/touch ${proof}` }, '/url'],
    ['a path as a program', { program: '/bin/touch' }, '/program'],
    ['a program that the operator did not write', { program: 'touch' }, '/program'],
    ['a path out of the file', { program: '../../bin/touch' }, '/program'],
    ['a name of all objects', { program: '__proto__' }, '/program'],
    ['a name of all objects', { program: 'constructor' }, '/program'],
  ])('%s is refused: %j', async (_, server, pointer) => {
    for (const [method, path, body] of [
      ['POST', '/mcp-servers', { name: 'x', ...server }],
      ['PUT', '/configuration', { mcp_servers: [{ name: 'x', ...server }] }],
    ] as const) {
      const got = await gateway.admin(method, path, body);
      expect(got.status).toBe(422);
      expect(JSON.stringify(got.json.errors)).toContain(pointer);
    }
    expect(existsSync(proof)).toBe(false);
  });

  it('says where programs are written', async () => {
    const got = await gateway.admin('POST', '/mcp-servers', { name: 'x', program: 'sh' });
    expect(got.json.errors).toEqual([
      {
        pointer: '/program',
        detail:
          'is no program of GATEHOUSE_MCP_STDIO_FILE: what is run is written there, by whoever runs the gateway',
      },
    ]);
  });

  it('a program that the operator wrote can be named, without any credentials', async () => {
    expect((await gateway.admin('POST', '/mcp-servers', { name: 'ok', program: 'known' })).status).toBe(201);
    const auth = { type: 'header', value: 'Bearer of-the-gateway' };
    const got = await gateway.admin('POST', '/mcp-servers', { name: 'x', program: 'known', auth });
    expect(got.json.errors).toMatchObject([{ pointer: '/auth' }]);
  });
});
