/**
 * oidc-provider as the authorization server of an MCP server, in a process of its own. Whoever comes is signed in as the
 * account that `POST /test/account` named last, and agrees. Arguments: port, options as JSON.
 */
import { Buffer } from 'node:buffer';
import { Provider } from 'oidc-provider';

const [port, text] = process.argv.slice(2);
/** Of access tokens, in seconds. */
const { lifetime = 3600 } = JSON.parse(text);
const issuer = `http://127.0.0.1:${port}`;
const SCOPES = 'tickets:read tickets:write';
let account = 'nobody';
/** Requests to the token endpoint and to the one for registration, as they came. */
const asked = [];

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'tickets',
      client_secret: 'of-the-server',
      redirect_uris: [],
      response_types: [],
      grant_types: [],
    },
  ],
  scopes: ['offline_access'],
  clientAuthMethods: ['none', 'client_secret_basic'],
  pkce: { required: () => true },
  cookies: { keys: ['of-the-tests'] },
  ttl: {
    AccessToken: lifetime,
    AuthorizationCode: 60,
    Grant: 86_400,
    Interaction: 600,
    RefreshToken: 86_400,
    Session: 600,
  },
  issueRefreshToken: () => true,
  rotateRefreshToken: () => true,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    registration: { enabled: true },
    revocation: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => ({
        scope: SCOPES,
        audience: resource,
        accessTokenTTL: lifetime,
        accessTokenFormat: 'opaque',
      }),
    },
  },
});

async function agree(context) {
  const { params, prompt, session } = await provider.interactionDetails(context.req, context.res);
  if (prompt.name === 'login') {
    return provider.interactionFinished(context.req, context.res, { login: { accountId: account } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope('offline_access');
  for (const resource of [params.resource].flat()) grant.addResourceScope(resource, SCOPES);
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(
    context.req,
    context.res,
    { consent },
    { mergeWithLastSubmission: true },
  );
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

provider.use(async (context, next) => {
  const { path } = context;
  if (path.startsWith('/interaction/')) return agree(context);
  if (path === '/test/account') {
    account = await bodyOf(context.req);
    context.status = 204;
    return undefined;
  }
  if (path === '/test/asked') {
    context.body = asked;
    return undefined;
  }
  await next();
  if (context.oidc?.body)
    asked.push({ path, body: context.oidc.body, status: context.status, answer: context.body });
  return undefined;
});

provider.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
