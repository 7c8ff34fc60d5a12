import * as oauth from 'oauth4webapi';
import { type GatewayUnderTest, startGateway } from './gateway.js';

describe('protected resource metadata (RFC 9728)', () => {
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  const wellKnown = (path: string) => `${gateway.url}/.well-known/oauth-protected-resource${path}`;

  it('RFC 9728 §5.1: a refusal says where the metadata are; oauth4webapi follows it', async () => {
    const { api, issuer } = gateway.demo;
    const refused = await fetch(`${api.url}/hello`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain(`resource_metadata="${wellKnown('/demo')}"`);
    const resource = new URL(api.url);
    const answer = await oauth.resourceDiscoveryRequest(resource, { [oauth.allowInsecureRequests]: true });
    const metadata = await oauth.processResourceDiscoveryResponse(resource, answer);
    expect(metadata).toEqual({
      resource: api.url,
      authorization_servers: [issuer],
      scopes_supported: ['demo:read'],
      bearer_methods_supported: ['header'],
    });
  });

  it('RFC 9728 §5.1: so does a refusal for want of a scope', async () => {
    const token = await gateway.token(gateway.demo.client, 'demo:write');
    const refused = await fetch(`${gateway.demo.api.url}/hello`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(refused.status).toBe(403);
    const challenge = refused.headers.get('www-authenticate');
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toContain('resource_metadata=');
  });

  it('the admin API is one of them', async () => {
    const metadata = await (await fetch(wellKnown('/admin/v1'))).json();
    expect(metadata).toMatchObject({ resource: `${gateway.url}/admin/v1`, scopes_supported: ['admin'] });
  });

  it('joins the scopes of all routes of an API, and follows a change', async () => {
    const audience = `${gateway.url}/joined`;
    const guard = (scope: string) => ({ type: 'access_token', audience, scopes: [scope] });
    const upstream = { url: 'http://127.0.0.1:9' };
    await gateway.addRoute({ name: 'j1', match: { paths: ['/joined'] }, upstream, guards: [guard('b')] });
    expect(await (await fetch(wellKnown('/joined'))).json()).toMatchObject({ scopes_supported: ['b'] });
    await gateway.addRoute({ name: 'j2', match: { paths: ['/joined/x'] }, upstream, guards: [guard('a')] });
    expect(await (await fetch(wellKnown('/joined'))).json()).toMatchObject({ scopes_supported: ['a', 'b'] });
  });

  it.each(['', '/', '/site', '/nothing', '/demo/hello', '/demo%2F', '/../demo', '//demo'])(
    'there are none for %j',
    async (path) => {
      expect((await fetch(wellKnown(path))).status).toBe(404);
    },
  );

  it('no route can take their place', async () => {
    const { status } = await gateway.admin('POST', '/routes', {
      name: 'thief',
      match: { paths: ['/.well-known/oauth-protected-resource/demo'] },
      upstream: { url: 'http://127.0.0.1:9' },
      guards: [],
    });
    expect(status).toBe(422);
  });
});
