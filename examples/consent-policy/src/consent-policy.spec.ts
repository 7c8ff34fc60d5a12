import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createAuthServer } from '../../../apps/auth-server/src/testing.js';
import { freePort } from '../../../apps/launcher/src/ports.js';
import { TEST_SECRET } from '../../../test/support/app.js';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { Browser, type Page } from '../../demo-flow/src/browser.js';
import { type Demo, parseDemo } from '../../demo-flow/src/demo-file.js';
import { basicAuth, callApi } from '../../demo-flow/src/http-call.js';
import { consentForm, logIn } from '../../demo-flow/src/sign-in.js';
import { ConfidentialModule } from './confidential.module.js';

const CALLBACK = 'http://127.0.0.1:8766/callback';

describe('an in-house policy for consent', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-example-'));
  const browser = new Browser();
  let database: TestDatabase;
  let authServer: NestFastifyApplication;
  let demo: Demo;

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
    authServer = await createAuthServer(environment, [ConfidentialModule]);
    await authServer.listen({ port, host: '127.0.0.1' });
    demo = parseDemo(JSON.parse(readFileSync(demoFile, 'utf8')));
    const page = await ask(await register('Intranet'), 'openid');
    await logIn(browser, page, demo.user, { stopAt: CALLBACK });
  });

  afterAll(async () => {
    await authServer?.close();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function register(name: string): Promise<string> {
    const headers = { authorization: basicAuth(demo.admin.client_id, demo.admin.client_secret) };
    const form = { grant_type: 'client_credentials', scope: 'admin' };
    const { json: admin } = await callApi(`${demo.issuer}/oauth2/token`, { headers, form });
    const { json } = await callApi(`${demo.issuer}/admin/v1/clients`, {
      token: String(admin.access_token),
      json: { client_name: name, redirect_uris: [CALLBACK], scope: 'openid profile demo:read demo:write' },
    });
    return String(json.client_id);
  }

  function ask(clientId: string, scope: string, prompt = ''): Promise<Page> {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: CALLBACK,
      scope,
      prompt,
      code_challenge: createHash('sha256').update(randomBytes(32)).digest('base64url'),
      code_challenge_method: 'S256',
    });
    return browser.open(`${demo.issuer}/oauth2/authorize?${query}`, { stopAt: CALLBACK });
  }

  it('asks nobody about what is harmless', async () => {
    const page = await ask(await register('Intranet'), 'openid profile');
    expect(new URL(page.url).searchParams.get('code')).toBeTruthy();
  });

  it('leaves the rest to the person', async () => {
    expect(consentForm(await ask(await register('Intranet'), 'openid demo:read'))).toBeDefined();
    expect(consentForm(await ask(await register('Payroll'), 'openid demo:write'))).toBeDefined();
  });

  it('refuses what no person may give, without asking', async () => {
    const page = await ask(await register('Intranet'), 'openid demo:write');
    expect(new URL(page.url).searchParams.get('error')).toBe('access_denied');
  });

  it('does not keep an application from asking (OpenID Connect Core §3.1.2.1, prompt=consent)', async () => {
    expect(consentForm(await ask(await register('Intranet'), 'openid', 'consent'))).toBeDefined();
  });
});
