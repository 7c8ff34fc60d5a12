import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { passThrough } from '../../examples/demo-flow/src/sign-in.js';
import { adminToken, newProof, REDIRECT_URI, register } from '../e2e/authorization.js';
import { type GatewayUnderTest, startGateway } from '../gateway/gateway.js';

interface CurlAnswer {
  readonly status: number;
  readonly type: string;
  readonly json: Record<string, unknown>;
}

async function curl(...parameters: string[]): Promise<CurlAnswer> {
  const fixed = [
    '--silent',
    '--show-error',
    '--max-time',
    '10',
    '--write-out',
    '\n%{http_code} %{content_type}',
  ];
  const { stdout } = await promisify(execFile)('curl', [...fixed, ...parameters]);
  const end = stdout.lastIndexOf('\n');
  const [status, ...type] = stdout.slice(end + 1).split(' ');
  const json = JSON.parse(stdout.slice(0, end)) as Record<string, unknown>;
  return { status: Number(status), type: type.join(' '), json };
}

/**
 * The calls that Spring Security's OAuth 2.0 client and resource server send by default, by curl: its own headers, its
 * order of parameters, credentials that are form-encoded before they go into HTTP Basic, and a state that ends in "=".
 */
describe('calls as Spring Security sends them', () => {
  const JSON_OF_SPRING = ['--header', 'Accept: application/json;charset=UTF-8'];
  const FORM = ['--header', 'Content-Type: application/x-www-form-urlencoded;charset=UTF-8'];
  let gateway: GatewayUnderTest;
  let basic: string[];
  let client: { client_id: string; client_secret: string };

  beforeAll(async () => {
    gateway = await startGateway();
    client = await register(gateway.demo, await adminToken(gateway.demo));
    const encoded = [client.client_id, client.client_secret].map(encodeURIComponent).join(':');
    basic = ['--header', `Authorization: Basic ${Buffer.from(encoded).toString('base64')}`];
  });
  afterAll(() => gateway.stop());

  it('finds its way by issuer-uri: OpenID first, each endpoint it needs is named', async () => {
    const { issuer } = gateway.demo;
    const { status, json } = await curl(`${issuer}/.well-known/openid-configuration`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ issuer, subject_types_supported: expect.arrayContaining(['public']) as [] });
    for (const member of ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint']) {
      expect(String(json[member])).toContain(issuer);
    }
  });

  it('authorization_code, with state and nonce in base64url with padding', async () => {
    const { issuer, user } = gateway.demo;
    const { verifier, challenge } = newProof();
    const state = `${randomBytes(32).toString('base64url')}=`;
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client.client_id,
      scope: 'openid profile email',
      state,
      redirect_uri: REDIRECT_URI,
      nonce: randomBytes(32).toString('base64url'),
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const page = await passThrough(new Browser(), `${issuer}/oauth2/authorize?${query.toString()}`, user, {
      stopAt: REDIRECT_URI,
    });
    const answer = new URL(page.url).searchParams;
    expect(answer.get('state')).toBe(state);
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      code: answer.get('code')!,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
    });
    const granted = await curl(
      ...JSON_OF_SPRING,
      ...FORM,
      ...basic,
      '--data',
      form.toString(),
      `${issuer}/oauth2/token`,
    );
    expect(granted).toMatchObject({ status: 200, json: { token_type: 'Bearer' } });
    expect(granted.type).toMatch(/^application\/json/);

    const bearer = ['--header', `Authorization: Bearer ${String(granted.json.access_token)}`];
    const userinfo = await curl(...bearer, '--header', 'Accept: application/json', `${issuer}/userinfo`);
    expect(userinfo).toMatchObject({ status: 200, json: { preferred_username: user.username } });
    expect(userinfo.type).toMatch(/^application\/json/);
  });

  it('client_credentials, and introspection by an opaque-token resource server', async () => {
    const { issuer } = gateway.demo;
    const granted = await curl(
      ...JSON_OF_SPRING,
      ...FORM,
      ...basic,
      '--data',
      'grant_type=client_credentials&scope=demo%3Aread',
      `${issuer}/oauth2/token`,
    );
    const token = String(granted.json.access_token);
    const inspected = await curl(
      '--header',
      'Accept: application/json',
      ...basic,
      '--data-urlencode',
      `token=${token}`,
      `${issuer}/oauth2/introspect`,
    );
    // Spring reads aud and scope, and times as numbers.
    expect(inspected.json).toMatchObject({ active: true, scope: 'demo:read', iss: issuer });
    expect([typeof inspected.json.exp, typeof inspected.json.iat]).toEqual(['number', 'number']);
  });

  it('a resource server with jwk-set-uri: each key has kid, alg and use', async () => {
    const { keys } = (await curl(`${gateway.demo.issuer}/jwks`)).json as { keys: Record<string, string>[] };
    expect(keys.length).toBeGreaterThan(0);
    for (const { kid, alg, use } of keys)
      expect([kid, alg, use].every((one) => /./.test(one ?? ''))).toBe(true);
  });
});
