import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import { parseObject } from '../../../wire/json.js';
import { CredentialError } from '../ai-provider.js';
import type { TokenRequest } from './access-tokens.service.js';

const serviceAccount = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(3).max(320),
  private_key: z.string().startsWith('-----BEGIN PRIVATE KEY-----'),
  private_key_id: z.string().max(200).optional(),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
});

export type ServiceAccount = z.output<typeof serviceAccount>;

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const LIFETIME_S = 3_600;

/** A key of a service account, as Google gives it out; undefined: it is none. */
export function serviceAccountOf(key: string): ServiceAccount | undefined {
  return serviceAccount.safeParse(parseObject(key)).data;
}

/** By which a token is got: an assertion that the account signs (RFC 7523 §2.1). @throws CredentialError */
export async function assertionOf(account: ServiceAccount): Promise<TokenRequest> {
  const { client_email: issuer, private_key_id: kid, token_uri: endpoint } = account;
  const now = Math.floor(Date.now() / 1_000);
  const assertion = await new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(kid === undefined ? {} : { kid }) })
    .setIssuer(issuer)
    .setAudience(endpoint)
    .setIssuedAt(now)
    .setExpirationTime(now + LIFETIME_S)
    .sign(await privateKeyOf(account));
  return { endpoint, form: { grant_type: GRANT_TYPE, assertion } };
}

async function privateKeyOf({ private_key: pem }: ServiceAccount) {
  try {
    return await importPKCS8(pem, 'RS256');
  } catch {
    throw new CredentialError('key', 'The private key of the service account cannot be read');
  }
}
