import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import type { Module } from '../plan.js';
import { expectRefusal } from '../refusal.js';

/** Request objects by value and by reference: OpenID Connect Core §6, RFC 9101. */
export const requestObjects: Readonly<Record<string, Module>> = {
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported': async (plan) => {
    const client = await plan.register();
    const request = new UnsecuredJWT(client.request()).encode();
    const visit = await client.visit({ request });
    expectRefusal(plan, visit, ['request_not_supported', 'invalid_request_object']);
  },

  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported': async (plan) => {
    const client = await plan.register();
    const visit = await client.visit({ request_uri: 'https://rp.test/request.jwt' });
    expectRefusal(plan, visit, ['request_uri_not_supported', 'invalid_request_uri']);
  },

  /** The suite sends it unsigned and skips where that is not taken: here it is signed. */
  'oidcc-ensure-request-object-with-redirect-uri': async (plan) => {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
    const client = await plan.register({ jwks: { keys: [jwk] }, request_object_signing_alg: 'RS256' });
    const inside = client.request();
    const request = await sign(inside, privateKey, { iss: client.client.clientId, aud: plan.issuer });
    const visit = await client.visit({ ...inside, redirect_uri: 'https://elsewhere.test/callback', request });
    await client.finish({ ...visit, request: inside });
  },
};

function sign(members: object, key: Parameters<SignJWT['sign']>[0], claims: JWTPayload): Promise<string> {
  return new SignJWT({ ...members, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'oauth-authz-req+jwt' })
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(key);
}
