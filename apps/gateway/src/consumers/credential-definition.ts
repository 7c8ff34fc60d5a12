import { X509Certificate } from 'node:crypto';
import { nameOf } from '@gatehouse/http';
import { z } from 'zod';
import { modelName } from '../ai/models/ai-model-definition.js';
import { consumerName, metadata } from './consumers.kind.js';
import { scopeToken } from './demand-scopes.js';

export const time = z.iso
  .datetime({ offset: true, error: 'must be a time with its zone, as 2027-01-31T00:00:00Z (RFC 3339)' })
  .max(40);
const sha256 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be a SHA-256 in base64url, without padding');
/** Ids that clients send: no spaces, quotes, or colons (RFC 7617 §2). */
const identifier = z
  .string()
  .regex(
    /^[\x21\x23-\x39\x3B-\x5B\x5D-\x7E]{1,128}$/,
    'must be 1 to 128 printable characters, without : " \\',
  );

/** How many secrets a credential may have at a time: the newest, and those that a rotation left valid for a while. */
export const MAX_SECRETS = 3;

const life = {
  created_at: time.optional(),
  expires_at: time.optional().describe('Set by a rotation: until then the old one is good, too'),
};

/** Of a secret that the gateway made: what it can be known by. */
const hashedSecret = z.strictObject({
  sha256: sha256.describe('SHA-256 of the secret: all that is kept of it'),
  prefix: z.string().max(20).default('').describe('How the secret begins, to tell it from others'),
  ...life,
});

/** Of a key that signatures are checked with: encrypted, as it must be known again. */
const sealedSecret = z.strictObject({ sealed: z.string().max(2_000), ...life });

const secrets = <Secret extends z.ZodType>(secret: Secret) =>
  z.array(secret).max(MAX_SECRETS).default([]).describe('Newest first. Left out at a write: what was there');

export const hashedSecrets = secrets(hashedSecret);

/** The certificate of one authority. */
export const authorityPem = z
  .string()
  .max(20_000)
  .refine(isAuthority, 'must be the certificate of one authority, in PEM');

const credential = {
  name: consumerName,
  consumer: consumerName.describe('Whose it is'),
  description: z.string().max(1_000).default(''),
  enabled: z.boolean().default(true).describe('false: calls with it are refused'),
  expires_at: time.optional().describe('From then on calls with it are refused; left out: never'),
  plan: consumerName.optional().describe("In place of the consumer's plan"),
  scopes: z
    .array(scopeToken)
    .max(100)
    .optional()
    .describe('What it may be used for, where guards ask for scopes; left out: nothing of that'),
  models: z
    .array(modelName)
    .max(1_000)
    .optional()
    .describe('AI models that may be called with it, as far as the route allows them; left out: all'),
  metadata,
};

export const credentialDefinition = z.discriminatedUnion('type', [
  z.strictObject({ ...credential, type: z.literal('api_key'), secrets: hashedSecrets }),
  z.strictObject({
    ...credential,
    type: z.literal('basic'),
    username: identifier,
    secrets: hashedSecrets,
  }),
  z.strictObject({
    ...credential,
    type: z.literal('hmac'),
    key_id: identifier.optional().describe("The `keyid` of signatures; left out: the credential's name"),
    secrets: secrets(sealedSecret),
  }),
  z.strictObject({
    ...credential,
    type: z.literal('certificate'),
    thumbprint: sha256
      .optional()
      .describe('SHA-256 of the certificate (`x5t#S256`); any certificate will do, a self-signed one, too'),
    subject_dn: z
      .string()
      .min(1)
      .max(1_000)
      .refine(
        (dn) => nameOf(dn) !== undefined,
        'must be a distinguished name, as CN=app,O=Example (RFC 4514)',
      )
      .optional()
      .describe('The subject (RFC 4514), with `authority`'),
    authority: authorityPem.optional().describe('Who issued the certificate'),
  }),
]);

export type CredentialDefinition = z.output<typeof credentialDefinition>;
export type CredentialOf<Type extends CredentialDefinition['type']> = Extract<
  CredentialDefinition,
  { type: Type }
>;
export type HashedSecret = z.output<typeof hashedSecret>;
export type SealedSecret = z.output<typeof sealedSecret>;

function isAuthority(pem: string): boolean {
  if (pem.split('-----BEGIN').length !== 2) return false;
  try {
    return new X509Certificate(pem).ca;
  } catch {
    return false;
  }
}
