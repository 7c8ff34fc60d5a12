import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { startAdministeredGateway, type AdministeredGateway } from './administered-gateway.js';
import { send, startUpstream, type Upstream } from './gateway.js';
import { startLoneGateway } from './lone-gateway.js';
import { TestKindsModule } from './test-kinds.js';

let folder: string;
let upstream: Upstream;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-configuration-'));
  upstream = await startUpstream((request, answer) => answer.end(`got ${request.url}`));
});
afterAll(async () => {
  await upstream?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const route = (name: string, more: object = {}) => ({
  name,
  match: { paths: [`/${name}`] },
  upstream: { url: upstream.url },
  guards: [],
  ...more,
});

/** Asks until the answer has a status, or a second has passed. */
async function becomes(url: string, path: string, wanted: number): Promise<number> {
  const deadline = Date.now() + 3_000;
  for (;;) {
    const { status } = await send(url, { path });
    if (status === wanted || Date.now() >= deadline) return status;
    await sleep(20);
  }
}

describe('GATEHOUSE_GATEWAY_CONFIG_FILE', () => {
  let gateway: AdministeredGateway;
  let path: string;
  const write = (document: unknown) => writeFileSync(path, stringify(document));

  beforeAll(async () => {
    path = join(folder, 'gatehouse.yaml');
    write({ routes: [route('first')], safe_boxes: [{ name: 'box' }] });
    gateway = await startAdministeredGateway({ GATEHOUSE_GATEWAY_CONFIG_FILE: path }, [TestKindsModule]);
  });
  afterAll(() => gateway?.stop());

  it('serves what the file says, and follows it', async () => {
    expect((await send(gateway.url, { path: '/first' })).status).toBe(200);
    write({ routes: [route('second')] });
    expect(await becomes(gateway.url, '/second', 200)).toBe(200);
    expect((await send(gateway.url, { path: '/first' })).status).toBe(404);
  });

  it('follows a file that another one takes the place of', async () => {
    writeFileSync(`${path}.next`, stringify({ routes: [route('third')] }));
    renameSync(`${path}.next`, path);
    expect(await becomes(gateway.url, '/third', 200)).toBe(200);
  });

  it('refuses a faulty file whole and goes on with the last good one', async () => {
    write({ routes: [route('good')] });
    expect(await becomes(gateway.url, '/good', 200)).toBe(200);
    for (const faulty of [
      { routes: [route('half'), { name: 'broken' }] },
      { routes: [route('half'), route('broken', { guards: [{ type: 'gone' }] })] },
      { routes: [route('half')], drawers: [{ name: 'd', box: 'none' }] },
      { planets: [] },
      7,
    ]) {
      write(faulty);
      await sleep(500);
      expect((await send(gateway.url, { path: '/good' })).status).toBe(200);
      expect((await send(gateway.url, { path: '/half' })).status).toBe(404);
    }
    write({ routes: [route('mended')] });
    expect(await becomes(gateway.url, '/mended', 200)).toBe(200);
  });

  it('takes no changes, and says where to make them; what one would do can be seen', async () => {
    write({ routes: [route('fixed')] });
    expect(await becomes(gateway.url, '/fixed', 200)).toBe(200);
    for (const [method, address] of [
      ['POST', '/routes'],
      ['PUT', '/routes/fixed'],
      ['PATCH', '/routes/fixed'],
      ['DELETE', '/routes/fixed'],
      ['PUT', '/configuration'],
    ] as const) {
      const answer = await gateway.admin(method, address, method === 'DELETE' ? undefined : {});
      expect([address, answer.status]).toEqual([address, 405]);
      expect(answer.json.detail).toContain('GATEHOUSE_GATEWAY_CONFIG_FILE');
      expect(answer.headers.get('allow')).toBe('GET, HEAD');
    }
    expect((await gateway.admin('GET', '/routes/fixed')).status).toBe(200);
    const { json } = await gateway.admin('PUT', '/configuration?dry_run=true', { routes: [] });
    expect(json.changes).toEqual([{ action: 'delete', kind: 'routes', name: 'fixed' }]);
    expect((await gateway.admin('GET', '/configuration')).json.routes).toHaveLength(1);
  });

  it('a faulty or missing file prevents the start, each fault named', async () => {
    const faulty = join(folder, 'faulty.yaml');
    writeFileSync(faulty, stringify({ routes: [{ name: 'x' }, route('y', { guards: [{ type: 'gone' }] })] }));
    const start = (file: string) => startLoneGateway({ GATEHOUSE_GATEWAY_CONFIG_FILE: file });
    await expect(start(faulty)).rejects.toThrow(`GATEHOUSE_GATEWAY_CONFIG_FILE: ${faulty}: /routes/0/match`);
    await expect(start(join(folder, 'none.yaml'))).rejects.toThrow('GATEHOUSE_GATEWAY_CONFIG_FILE');
  });
});

describe('GATEHOUSE_GATEWAY_CONFIG_CACHE', () => {
  it('keeps what is in force, readable by the owner alone', async () => {
    const path = join(folder, 'cache.json');
    const gateway = await startLoneGateway({ GATEHOUSE_GATEWAY_CONFIG_CACHE: path });
    await gateway.addRoute(route('cached'));
    await gateway.stop();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toContain('"cached"');
  });

  it('a cache that cannot be read is no reason to serve something else', async () => {
    const path = join(folder, 'torn.json');
    writeFileSync(path, '{"version":');
    const gateway = await startLoneGateway({ GATEHOUSE_GATEWAY_CONFIG_CACHE: path });
    await gateway.addRoute(route('afresh'));
    expect((await send(gateway.url, { path: '/afresh' })).status).toBe(200);
    await gateway.stop();
  });
});
