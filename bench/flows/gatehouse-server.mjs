import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { basic } from '../stand/gatehouse.mjs';
import { AuthorizationServer } from './authorization-server.mjs';

/**
 * Gatehouse's auth-server with a first-party client, so that consent is not asked for, and its demo user signed in.
 * @param {string} root the repository
 */
export async function signedInAtGatehouse(gatehouse, root, redirectUri) {
  const { clientId, secret } = await gatehouse.register({
    client_name: 'bench',
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    redirect_uris: [redirectUri],
    scope: 'openid offline_access demo:read',
    id_token_signed_response_alg: 'ES256',
    first_party: true,
  });
  const server = new AuthorizationServer({
    program: gatehouse.authServerProgram,
    origin: gatehouse.issuer,
    paths: {
      authorize: '/oauth2/authorize',
      token: '/oauth2/token',
      introspection: '/oauth2/introspect',
      userinfo: '/userinfo',
    },
    authorization: basic(clientId, secret),
    clientId,
    redirectUri,
    scope: 'openid offline_access',
  });
  server.useSession(await sessionCookies(root, gatehouse, server.authorizeUrl()));
  return server;
}

/** Signs the demo user in through the real login page. */
async function sessionCookies(root, gatehouse, url) {
  const built = (name) =>
    import(pathToFileURL(join(root, 'dist', 'examples', 'demo-flow', 'src', name)).href);
  const [{ Browser }, { passThrough }] = await Promise.all([built('browser.js'), built('sign-in.js')]);
  const browser = new Browser();
  const { user, redirectUri } = {
    user: gatehouse.demo().user,
    redirectUri: new URL(url).searchParams.get('redirect_uri'),
  };
  await passThrough(browser, url, user, { stopAt: redirectUri });
  const cookies = await browser.cookiesFor(gatehouse.issuer);
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}
