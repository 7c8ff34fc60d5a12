import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createAuthServer } from '../../../apps/auth-server/src/testing.js';
import { freePort } from '../../../apps/launcher/src/ports.js';
import { TEST_SECRET } from '../../../test/support/app.js';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { type Demo, parseDemo } from '../../demo-flow/src/demo-file.js';
import { basicAuth, callApi } from '../../demo-flow/src/http-call.js';
import { WorkloadModule } from './workload.module.js';
import { Workloads } from './workloads.service.js';

describe('an in-house method of client authentication on the auth-server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-example-'));
  let database: TestDatabase;
  let authServer: NestFastifyApplication;
  let demo: Demo;
  let clientId: string;

  beforeAll(async () => {
    database = await createDatabase();
    const port = await freePort();
    const demoFile = join(folder, 'demo.json');
    const environment = {
      DATABASE_URL: database.url,
      GATEHOUSE_SECRET: TEST_SECRET,
      GATEHOUSE_ISSUER: `http://localhost:${port}`,
      GATEHOUSE_DEMO: 'true',
      GATEHOUSE_DEMO_FILE: demoFile,
    };
    authServer = await createAuthServer(environment, [WorkloadModule]);
    await authServer.listen({ port, host: '127.0.0.1' });
    demo = parseDemo(JSON.parse(readFileSync(demoFile, 'utf8')));
    clientId = await register();
    authServer.get(Workloads, { strict: false }).started('token of the scheduler', clientId);
  });

  afterAll(async () => {
    await authServer?.close();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const token = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    callApi(`${demo.issuer}/oauth2/token`, {
      headers,
      form: { grant_type: 'client_credentials', scope: 'demo:read', ...form },
    });

  async function register(): Promise<string> {
    const headers = { authorization: basicAuth(demo.admin.client_id, demo.admin.client_secret) };
    const admin = await token({ scope: 'admin' }, headers);
    const json = {
      grant_types: ['client_credentials'],
      scope: 'demo:read',
      token_endpoint_auth_method: 'workload_token',
    };
    const { json: client } = await callApi(`${demo.issuer}/admin/v1/clients`, {
      token: String(admin.json.access_token),
      json,
    });
    expect(client).not.toHaveProperty('client_secret');
    return String(client.client_id);
  }

  it('lets in a client that is registered for it', async () => {
    const answer = await token({ client_id: clientId, workload_token: 'token of the scheduler' });
    expect([answer.status, answer.json.token_type]).toEqual([200, 'Bearer']);
  });

  it.each<[string, () => Record<string, string>]>([
    ['another token', () => ({ client_id: clientId, workload_token: 'x' })],
    ['no token', () => ({ client_id: clientId })],
    ['a secret instead', () => ({ client_id: clientId, client_secret: 'x' })],
    ['no client_id', () => ({ workload_token: 'token of the scheduler' })],
    [
      'another client',
      () => ({ client_id: demo.client.client_id, workload_token: 'token of the scheduler' }),
    ],
  ])('refuses %s', async (_name, form) => {
    const answer = await token(form());
    expect([answer.status, answer.json.error]).toEqual([401, 'invalid_client']);
  });

  it('is one method among others, of which a request uses one (RFC 6749 §2.3)', async () => {
    const answer = await token({
      client_id: clientId,
      workload_token: 'token of the scheduler',
      client_secret: 'x',
    });
    expect(answer.json.error).toBe('invalid_request');
  });

  it('is named in discovery (RFC 8414 §2)', async () => {
    const { json } = await callApi(`${demo.issuer}/.well-known/oauth-authorization-server`);
    expect(json.token_endpoint_auth_methods_supported).toContain('workload_token');
  });
});
