import { createHash } from 'node:crypto';
import { decodeProtectedHeader } from 'jose';
import { fetchUserInfo } from 'openid-client';
import type { Flow } from '../flow.js';
import { callApi } from '../http-call.js';
import { exchangeCode } from '../oauth-client.js';

/** The app exchanges the code and validates the ID token through discovery and the key set. */
export async function exchangeForTokens(flow: Flow): Promise<void> {
  const { issuer } = flow.demo;
  const client = flow.left('client');
  const configuration = flow.left('configuration');
  const answer = await exchangeCode(configuration, flow.left('callback'), flow.left('pending'));
  flow.check(
    'the code gives access, refresh and ID token',
    [answer.access_token, answer.refresh_token, answer.id_token].every(Boolean),
    Object.keys(answer),
  );
  flow.saw(`scope ${answer.scope ?? '(as asked)'}; expires in ${answer.expires_in} s`);

  const claims = answer.claims();
  flow.check('openid-client accepts the ID token: signature, iss, aud, nonce, exp', claims !== undefined);
  flow.saw(`ID token: iss ${claims.iss}, aud ${String(claims.aud)}, sub ${claims.sub}`);
  const header = decodeProtectedHeader(answer.id_token ?? '');
  flow.check(
    'the ID token is signed with RS256, the default (OIDC Registration §2)',
    header.alg === 'RS256',
    header,
  );
  flow.check(
    'at_hash, where present, belongs to this access token (OIDC Core §3.1.3.8)',
    claims.at_hash === undefined || claims.at_hash === leftHalfHash(answer.access_token),
    claims.at_hash,
  );

  await checkDiscovery(flow, header.kid);
  const user = await fetchUserInfo(configuration, answer.access_token, claims.sub);
  flow.check(
    '/userinfo answers for the same subject, with a name',
    typeof user.name === 'string' && user.name !== '',
    user,
  );
  flow.saw(`signed in: ${user.name} (${user.preferred_username ?? '-'}, ${user.email ?? '-'})`);

  flow.check(
    'nothing that was issued is for another client',
    claims.aud === client.client_id || claims.azp === client.client_id,
    claims.aud,
  );
  const oauth = await callApi(`${issuer}/.well-known/oauth-authorization-server`);
  flow.check(
    '/.well-known/oauth-authorization-server says the same (RFC 8414)',
    oauth.json.issuer === issuer &&
      oauth.json.token_endpoint === configuration.serverMetadata().token_endpoint,
    oauth.text,
  );
  flow.tokens = {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? '',
    idToken: answer.id_token ?? '',
    subject: claims.sub,
  };
  flow.userName = user.name;
}

async function checkDiscovery(flow: Flow, keyId: string | undefined): Promise<void> {
  const keySet = await callApi(`${flow.demo.issuer}/jwks`);
  const keys = (keySet.json.keys ?? []) as Record<string, unknown>[];
  flow.check(
    '/jwks publishes the key that signed it',
    keys.some((key) => key.kid === keyId),
    keySet.text,
  );
  const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];
  flow.check(
    'and no private part of any key',
    keys.every((key) => secretMembers.every((name) => !(name in key))),
  );
}

/** The first half of the SHA-256 of an RS256 token's companion, as OIDC Core §3.1.3.6 describes. */
function leftHalfHash(value: string): string {
  return createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url');
}
