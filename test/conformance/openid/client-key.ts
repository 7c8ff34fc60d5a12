import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** A key of a client. */
export interface ClientKey {
  readonly privateKey: Parameters<SignJWT['sign']>[0];
  /** The public half, as it is registered. */
  readonly jwk: JWK;
}

export async function newClientKey(alg = 'RS256', kid: string = randomUUID()): Promise<ClientKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** A JWT of the client's; claims that are undefined are left out. */
export function signBy({ privateKey, jwk }: ClientKey, claims: object, typ = 'JWT'): Promise<string> {
  return new SignJWT(JSON.parse(JSON.stringify(claims)) as JWTPayload)
    .setProtectedHeader({ alg: jwk.alg!, kid: jwk.kid!, typ })
    .sign(privateKey);
}

/** The parameters of private_key_jwt (RFC 7523 §2.2). @param changes to the claims */
export async function clientAssertion(
  key: ClientKey,
  clientId: string,
  audience: string,
  changes: object = {},
) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID(), iat: now, exp: now + 60 };
  return { client_assertion_type: TYPE, client_assertion: await signBy(key, { ...claims, ...changes }) };
}

/** A request object (RFC 9101 §4). The suite's have no `exp`, without which this server takes none. */
export function requestObject(key: ClientKey, clientId: string, audience: string, parameters: object) {
  const claims = { ...parameters, iss: clientId, aud: audience, exp: Math.floor(Date.now() / 1000) + 60 };
  return signBy(key, claims, 'oauth-authz-req+jwt');
}
