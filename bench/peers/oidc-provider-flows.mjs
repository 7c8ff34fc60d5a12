/**
 * oidc-provider with the flows of a sign-in: whoever comes is signed in and has agreed, so that no password hash and no
 * page is measured. Arguments: port, client secret, redirect URI, and a Redis (none: its in-memory store).
 */
import { generateKeyPairSync } from 'node:crypto';
import { Provider } from 'oidc-provider';
import { redisAdapter } from './redis-adapter.mjs';

const API = 'urn:bench:api';
const [port, secret, redirectUri, redisUrl] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const provider = new Provider(`http://127.0.0.1:${port}`, {
  ...(redisUrl ? { adapter: redisAdapter(redisUrl) } : {}),
  clients: [
    {
      client_id: 'bench',
      client_secret: secret,
      grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
      redirect_uris: [redirectUri],
      id_token_signed_response_alg: 'ES256',
      scope: 'openid offline_access demo:read',
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' }] },
  scopes: ['openid', 'offline_access', 'demo:read'],
  ttl: { ClientCredentials: 600, AccessToken: 600, RefreshToken: 86_400, Grant: 86_400, Session: 86_400 },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  cookies: { keys: ['bench'] },
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  async loadExistingGrant({ oidc }) {
    const known = oidc.session.grantIdFor(oidc.client.clientId);
    if (known) return oidc.provider.Grant.find(known);
    const grant = new oidc.provider.Grant({
      clientId: oidc.client.clientId,
      accountId: oidc.session.accountId,
    });
    grant.addOIDCScope('openid offline_access');
    await grant.save();
    return grant;
  },
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      // A sign-in gives its default, an opaque access token, which alone its own endpoints take.
      defaultResource: ({ oidc }) => (oidc.params.grant_type === 'client_credentials' ? API : undefined),
      getResourceServerInfo: () => ({
        scope: 'demo:read',
        audience: API,
        accessTokenTTL: 600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});

provider.use(async (context, next) => {
  if (!context.path.startsWith('/interaction/')) return next();
  await provider.interactionFinished(context.req, context.res, { login: { accountId: 'someone' } });
  context.respond = false;
});

provider.listen(Number(port), '127.0.0.1');
