import type { Flow } from '../flow.js';
import { discoverAs, startAuthorization } from '../oauth-client.js';

/** The app discovers the issuer and sends the user to the authorization endpoint. */
export async function redirectUser(flow: Flow): Promise<void> {
  const client = flow.left('client');
  const configuration = await discoverAs(flow.demo.issuer, client);
  const metadata = configuration.serverMetadata();
  flow.check('discovery names this issuer', metadata.issuer === flow.demo.issuer, metadata.issuer);
  flow.check(
    'it supports PKCE with S256 and not with plain',
    isOnly(metadata.code_challenge_methods_supported, 'S256'),
    metadata.code_challenge_methods_supported,
  );
  flow.check(
    'it promises `iss` in the answer (RFC 9207)',
    metadata.authorization_response_iss_parameter_supported === true,
    metadata,
  );
  flow.check(
    'the authorization endpoint is /oauth2/authorize',
    metadata.authorization_endpoint === `${flow.demo.issuer}/oauth2/authorize`,
    metadata.authorization_endpoint,
  );

  const pending = await startAuthorization(configuration, client.redirect_uris[0] ?? '');
  flow.saw(`the app redirects to ${shortened(pending.url.href)}`);
  flow.check(
    'the request carries state, nonce and an S256 challenge',
    ['state', 'nonce', 'code_challenge'].every((name) => pending.url.searchParams.has(name)) &&
      pending.url.searchParams.get('code_challenge_method') === 'S256',
    pending.url.href,
  );
  flow.configuration = configuration;
  flow.pending = pending;
}

function isOnly(list: string[] | undefined, value: string): boolean {
  return list?.length === 1 && list[0] === value;
}

function shortened(url: string): string {
  return url.length > 100 ? `${url.slice(0, 97)}…` : url;
}
