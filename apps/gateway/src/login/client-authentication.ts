import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { ClientCredential, LoginClient } from './login-client.js';
import type { Authenticate } from './provider-request.js';

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ASSERTION_LIFETIME_S = 60;

/** How a login client proves who it is, in a request to its provider (OpenID Connect Core §9). */
export function authentication({ clientId, issuer, credential }: LoginClient): Authenticate {
  switch (credential.method) {
    case 'client_secret_basic': {
      const pair = `${formEncoded(clientId)}:${formEncoded(credential.secret)}`;
      const headers = { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
      return () => Promise.resolve(headers);
    }
    case 'client_secret_post':
      return (form) => {
        form.set('client_id', clientId);
        form.set('client_secret', credential.secret);
        return Promise.resolve({});
      };
    case 'private_key_jwt':
      return async (form) => {
        form.set('client_id', clientId);
        form.set('client_assertion_type', ASSERTION);
        form.set('client_assertion', await assertion(clientId, issuer, credential));
        return {};
      };
    case 'none':
      return (form) => {
        form.set('client_id', clientId);
        return Promise.resolve({});
      };
  }
}

/** RFC 7523 §3. Its audience is the issuer alone: an endpoint's address could be another server's. */
function assertion(
  clientId: string,
  issuer: string,
  { key, alg, kid }: ClientCredential & { readonly method: 'private_key_jwt' },
): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${ASSERTION_LIFETIME_S}s`)
    .sign(key);
}

/** RFC 6749 §2.3.1. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
