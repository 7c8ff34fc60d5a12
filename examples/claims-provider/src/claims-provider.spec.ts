import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { decodeJwt } from 'jose';
import { createAuthServer } from '../../../apps/auth-server/src/testing.js';
import { freePort } from '../../../apps/launcher/src/ports.js';
import { TEST_SECRET } from '../../../test/support/app.js';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { type Demo, parseDemo } from '../../demo-flow/src/demo-file.js';
import { basicAuth, callApi } from '../../demo-flow/src/http-call.js';
import { StaffDirectory } from './staff-directory.service.js';
import { StaffModule } from './staff.module.js';

type Client = { client_id: string; client_secret: string };

describe('in-house claims on the auth-server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-example-'));
  let database: TestDatabase;
  let authServer: NestFastifyApplication;
  let demo: Demo;
  let client: Client;

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
    authServer = await createAuthServer(environment, [StaffModule]);
    await authServer.listen({ port, host: '127.0.0.1' });
    demo = parseDemo(JSON.parse(readFileSync(demoFile, 'utf8')));
    client = await register();
  });

  afterAll(async () => {
    await authServer?.close();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function token(of: Client, form: Record<string, string>) {
    const headers = { authorization: basicAuth(of.client_id, of.client_secret) };
    return (await callApi(`${demo.issuer}/oauth2/token`, { headers, form })).json;
  }

  /** The password grant spares this test a browser. */
  async function register(): Promise<Client> {
    const admin = await token(demo.admin, { grant_type: 'client_credentials', scope: 'admin' });
    const answer = await callApi(`${demo.issuer}/admin/v1/clients`, {
      token: String(admin.access_token),
      json: { grant_types: ['password', 'client_credentials'], scope: 'openid demo:read' },
    });
    return answer.json as unknown as Client;
  }

  async function signIn() {
    const { username, password } = demo.user;
    return token(client, { grant_type: 'password', username, password, scope: 'openid demo:read' });
  }

  it('says nothing of whom it does not know, nor of clients', async () => {
    const tokens = await signIn();
    expect(decodeJwt(String(tokens.id_token))).not.toHaveProperty('department');
    const own = await token(client, { grant_type: 'client_credentials', scope: 'demo:read' });
    expect(decodeJwt(String(own.access_token))).not.toHaveProperty('cost_center');
  });

  it('says to each what it is for', async () => {
    const { sub } = decodeJwt(String((await signIn()).id_token));
    const member = { department: 'Engines', costCenter: 'C-17' };
    authServer.get(StaffDirectory, { strict: false }).add(sub!, member);
    const tokens = await signIn();
    expect(decodeJwt(String(tokens.id_token))).toMatchObject({ sub, department: 'Engines' });
    expect(decodeJwt(String(tokens.id_token))).not.toHaveProperty('cost_center');
    expect(decodeJwt(String(tokens.access_token))).toMatchObject({ sub, cost_center: 'C-17' });
    const userinfo = await callApi(`${demo.issuer}/userinfo`, { token: String(tokens.access_token) });
    expect(userinfo.json).toEqual({ sub, department: 'Engines' });
  });

  it('is named in discovery (OpenID Connect Discovery §3)', async () => {
    const { json } = await callApi(`${demo.issuer}/.well-known/openid-configuration`);
    expect(json.claims_supported).toContain('department');
  });
});
