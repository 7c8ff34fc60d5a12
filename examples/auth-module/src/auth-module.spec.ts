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
import { type Answer, basicAuth, callApi } from '../../demo-flow/src/http-call.js';
import { BadgeModule } from './badge.module.js';

const BADGE = 'urn:example:grant-type:badge';

type Client = { client_id: string; client_secret: string };

describe('an in-house grant type on the auth-server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-example-'));
  let database: TestDatabase;
  let authServer: NestFastifyApplication;
  let demo: Demo;
  let reader: Client;

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
    authServer = await createAuthServer(environment, [BadgeModule]);
    await authServer.listen({ port, host: '127.0.0.1' });
    demo = parseDemo(JSON.parse(readFileSync(demoFile, 'utf8')));
    reader = (await register([BADGE])).json as unknown as Client;
  });

  afterAll(async () => {
    await authServer?.close();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function token(client: Client, form: Record<string, string>): Promise<Answer> {
    const headers = { authorization: basicAuth(client.client_id, client.client_secret) };
    return callApi(`${demo.issuer}/oauth2/token`, { headers, form });
  }

  async function register(grantTypes: string[]): Promise<Answer> {
    const admin = await token(demo.admin, { grant_type: 'client_credentials', scope: 'admin' });
    return callApi(`${demo.issuer}/admin/v1/clients`, {
      token: String(admin.json.access_token),
      json: { client_name: 'Door reader', grant_types: grantTypes, scope: 'demo:read' },
    });
  }

  it('issues tokens to clients that are registered for it (RFC 6749 §4.5)', async () => {
    const answer = await token(reader, { grant_type: BADGE, badge: '4711', scope: 'demo:read' });
    expect([answer.status, answer.json.token_type]).toEqual([200, 'Bearer']);
    expect(decodeJwt(String(answer.json.access_token))).toMatchObject({
      sub: 'employee-17',
      client_id: reader.client_id,
      aud: demo.api.audience,
      scope: 'demo:read',
    });
  });

  it.each([
    ['invalid_request', { scope: 'demo:read' }],
    ['invalid_grant', { badge: '0815', scope: 'demo:read' }],
    ['invalid_scope', { badge: '4711', scope: 'demo:write' }],
    ['invalid_scope', { badge: '4711' }],
  ])('refuses in the words of RFC 6749 §5.2: %s for %j', async (error, form) => {
    const answer = await token(reader, { grant_type: BADGE, ...(form as Record<string, string>) });
    expect([answer.status, answer.json.error]).toEqual([400, error]);
  });

  it('is closed to clients that are not registered for it', async () => {
    const answer = await token(demo.client, { grant_type: BADGE, badge: '4711', scope: 'demo:read' });
    expect(answer.json.error).toBe('unauthorized_client');
  });

  it('is named in discovery (RFC 8414 §2)', async () => {
    const { json } = await callApi(`${demo.issuer}/.well-known/oauth-authorization-server`);
    expect(json.grant_types_supported).toContain(BADGE);
  });
});
