import { UnsecuredJWT } from 'jose';
import { newClientKey, requestObject } from '../client-key.js';
import type { Module } from '../plan.js';
import { expectRefusal } from '../expectations.js';

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
    const key = await newClientKey();
    const metadata = { jwks: { keys: [key.jwk] }, request_object_signing_alg: 'RS256' };
    const client = await plan.register(metadata, key);
    const inside = client.request();
    const request = await requestObject(key, client.client.clientId, plan.issuer, inside);
    const visit = await client.visit({ ...inside, redirect_uri: 'https://elsewhere.test/callback', request });
    await client.finish({ ...visit, request: inside });
  },
};
