import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createAuthServer } from '../../../apps/auth-server/src/testing.js';
import { freePort } from '../../../apps/launcher/src/ports.js';
import { TEST_SECRET } from '../../../test/support/app.js';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { type Answer, callApi } from '../../demo-flow/src/http-call.js';
import { PartnerModule } from './partner.module.js';

describe('an in-house policy for clients that register themselves', () => {
  let database: TestDatabase;
  let authServer: NestFastifyApplication;
  let issuer: string;

  beforeAll(async () => {
    database = await createDatabase();
    const port = await freePort();
    issuer = `http://localhost:${port}`;
    const environment = {
      DATABASE_URL: database.url,
      GATEHOUSE_SECRET: TEST_SECRET,
      GATEHOUSE_ISSUER: issuer,
      GATEHOUSE_REGISTRATION: 'open',
    };
    authServer = await createAuthServer(environment, [PartnerModule]);
    await authServer.listen({ port, host: '127.0.0.1' });
  });
  afterAll(async () => {
    await authServer?.close();
    await database?.drop();
  });

  const register = (metadata: object): Promise<Answer> =>
    callApi(`${issuer}/oauth2/register`, { json: metadata });

  it('lets partners in, and changes what they register', async () => {
    const { status, json } = await register({ redirect_uris: ['https://apps.partner.example/cb'] });
    expect([status, json.access_token_lifetime]).toEqual([201, 300]);
  });

  it.each([
    'https://evil.example/cb',
    'https://partner.example.evil.example/cb',
    'https://evilpartner.example/cb',
    'https://evil.example/partner.example',
    'https://evil.example/?https://partner.example/',
    'http://127.0.0.1/cb',
  ])('Mattermost CVE-2026-12985: %s is refused in the words of RFC 7591 §3.2.2', async (uri) => {
    const { status, json } = await register({ redirect_uris: ['https://partner.example/ok', uri] });
    expect([status, json.error]).toEqual([400, 'invalid_redirect_uri']);
  });

  it('refuses a name that would deceive', async () => {
    const metadata = { redirect_uris: ['https://partner.example/cb'], client_name: 'Gatehouse Login' };
    expect((await register(metadata)).json.error).toBe('invalid_client_metadata');
  });
});
