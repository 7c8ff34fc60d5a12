import pg from 'pg';
import { type AdministeredGateway, startAdministeredGateway } from '../gateway/administered-gateway.js';
import { until } from '../gateway/upstreams.js';
import { type RunningAgent, startAgent } from './agent-server.js';

const SECRET = 'Bearer very-secret-0123456789';

describe('A2A agents by the admin API', () => {
  let gateway: AdministeredGateway;
  let agent: RunningAgent;
  let database: pg.Client;

  beforeAll(async () => {
    agent = await startAgent();
    gateway = await startAdministeredGateway({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' });
    database = new pg.Client({ connectionString: gateway.databaseUrl });
    await database.connect();
  });
  afterAll(async () => {
    await database?.end();
    await gateway?.stop();
    await agent?.stop();
  });

  const create = (name: string, more: object = {}) =>
    gateway.admin('POST', '/a2a-agents', { name, url: agent.url, ...more });
  const auth = { type: 'header', value: SECRET };

  it('APIPark#401: a secret goes in and never out', async () => {
    const answers = [
      await create('shown', { auth }),
      await gateway.admin('GET', '/a2a-agents/shown'),
      await gateway.admin('GET', '/configuration'),
      await gateway.admin('GET', '/audit-events?kind=a2a-agents'),
    ];
    expect(answers[0]!.json).toMatchObject({ auth: { type: 'header', name: 'authorization' } });
    for (const { text } of answers) {
      expect(text).not.toContain('very-secret');
      expect(text).not.toContain('sealed');
    }
    const { rows } = await database.query(
      "SELECT definition::text FROM gateway.config_object WHERE name = 'shown'",
    );
    expect(JSON.stringify(rows)).not.toContain('very-secret');
  });

  it('a change that leaves the secret out keeps it; a change of the address needs it anew', async () => {
    await create('moved', { auth });
    const kept = await gateway.admin('PATCH', '/a2a-agents/moved', {
      auth: { type: 'header' },
      shared_tasks: true,
    });
    expect(kept.status).toBe(200);
    const got = await gateway.admin('PATCH', '/a2a-agents/moved', { url: 'http://127.0.0.1:9' });
    expect([got.status, got.json.errors]).toEqual([
      422,
      [{ pointer: '/auth/value', detail: 'must be given anew where url or auth.name change' }],
    ]);
  });

  it.each<[object, string]>([
    [{ url: 'file:///etc/passwd' }, '/url'],
    [{ card_path: '/../admin' }, '/card_path'],
    [{ endpoint: '/rpc?x=1' }, '/endpoint'],
    [{ endpoint: '//evil.example/rpc#' }, '/endpoint'],
    [{ auth: { type: 'header' } }, '/auth/value'],
    [{ auth: { type: 'header', value: 'x', name: 'a2a-version' } }, '/auth/name'],
    [{ auth: { type: 'passthrough' } }, '/auth/type'],
    [{ rules: [{ methods: ['tasks/get'] }] }, '/rules/0/methods/0'],
    [{ skills: { allow: ['*x'] } }, '/skills/allow/0'],
  ])('%o is refused', async (more, pointer) => {
    const got = await create('wrong', more);
    expect([got.status, got.json.errors]).toEqual([422, [expect.objectContaining({ pointer })]]);
  });

  it('routes need an agent that there is', async () => {
    const got = await gateway.admin('POST', '/routes', {
      name: 'r',
      match: { paths: ['/r'] },
      guards: [],
      a2a: { agent: 'nobody' },
    });
    expect(got.json.errors).toEqual([
      { pointer: '/a2a/agent', detail: 'names no A2A agent: create it first' },
    ]);
  });

  it('usage records name the agent and the method', async () => {
    await create('used');
    await gateway.addRoute({ name: 'used', match: { paths: ['/used'] }, a2a: { agent: 'used' } });
    const params = { message: { messageId: 'one', role: 'ROLE_USER', parts: [{ text: 'hi' }] } };
    const got = await fetch(`${gateway.url}/used`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'a2a-version': '1.0' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SendMessage', params }),
    });
    expect(got.status).toBe(200);
    const rows = async () =>
      (await database.query("SELECT upstream, part, status FROM gateway.usage WHERE route = 'used'")).rows;
    await until(async () => (await rows()).length === 1);
    expect(await rows()).toEqual([{ upstream: 'used', part: 'SendMessage', status: 200 }]);
  });
});
