import { z } from 'zod';

/** The name of our own auth-server among the issuers. */
export const OWN_ISSUER = 'gatehouse';

/** What a token of another issuer may be signed with: nothing symmetric, so no key confusion (RFC 8725 §3.1). */
export const ISSUER_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
  'Ed25519',
] as const;

const DEFAULT_ALGORITHMS = ['ES256', 'PS256', 'RS256', 'EdDSA'] as const;
const DEFAULT_TYPE = 'at+jwt';

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

const address = z
  .string()
  .max(2_048)
  .refine((value) => {
    if (!URL.canParse(value)) return false;
    const { protocol, hostname, hash, username, password } = new URL(value);
    if (hash || username || password) return false;
    return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
  }, 'must be an https URL (http on this machine) without fragment or user name');

const claimName = z
  .string()
  .min(1)
  .max(200)
  .describe('The name of a claim, or a JSON pointer to one within another: /realm_access/roles');

const claimNames = z.strictObject({
  subject: claimName.default('sub'),
  client: claimName.default('client_id'),
  audience: claimName.default('aud'),
  scope: claimName.default('scope'),
  roles: claimName.default('roles'),
});

/** Where an issuer writes what of a token. */
export type ClaimNames = z.output<typeof claimNames>;

export const OWN_CLAIM_NAMES: ClaimNames = claimNames.parse({});

/** A secret as it is sent, or as it is kept. */
const secret = z.union([z.string().min(1).max(4_096), z.strictObject({ sealed: z.string() })]);

const introspection = z.strictObject({
  endpoint: address.describe('RFC 7662'),
  client_id: z.string().min(1).max(1_024),
  client_secret: secret.optional().describe('Never shown. Left out: the one that is there stays'),
  client_auth: z
    .enum(['client_secret_basic', 'client_secret_post'])
    .default('client_secret_basic')
    .describe('How the gateway authenticates'),
  cache: z
    .int()
    .min(0)
    .max(300)
    .default(30)
    .describe('Seconds for which an answer counts, never past exp; 0: each call asks'),
});

/** Somebody besides our auth-server whose access tokens routes may take. */
export const issuerDefinition = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _'),
    issuer: address.describe('What `iss` of its tokens is, to the letter'),
    jwks_uri: address.optional().describe('Where its keys are; left out: its metadata say it (RFC 8414)'),
    algorithms: z
      .array(z.enum(ISSUER_ALGORITHMS))
      .min(1)
      .default([...DEFAULT_ALGORITHMS])
      .describe('What its tokens may be signed with'),
    typ: z
      .string()
      .min(1)
      .max(100)
      .default(DEFAULT_TYPE)
      .describe('What the header of its access tokens has as `typ` (RFC 9068); many still write JWT'),
    audiences: z
      .array(z.string().min(1))
      .min(1)
      .max(50)
      .optional()
      .describe('Its tokens must be for one of these, whatever else a route asks for'),
    clock_skew: z.int().min(0).max(300).default(30).describe('Seconds by which its clock may differ'),
    claims: claimNames.default(OWN_CLAIM_NAMES),
    jwts: z
      .enum(['verify', 'introspect'])
      .default('verify')
      .describe('Whether JWTs are verified here, or its introspection is asked about them, too'),
    introspection: introspection.optional().describe('For opaque tokens; left out: it has none'),
  })
  .superRefine(({ jwts, introspection: asked, jwks_uri: keys, algorithms, typ }, context) => {
    if (jwts === 'verify') return;
    const fault = (member: string, message: string) =>
      context.addIssue({ code: 'custom', path: [member], message: `${message} where jwts is introspect` });
    if (!asked) fault('introspection', 'is needed');
    // Nothing is verified here then: whoever sets how would believe it was.
    if (keys !== undefined) fault('jwks_uri', 'must be left out');
    if (algorithms.join() !== DEFAULT_ALGORITHMS.join()) fault('algorithms', 'must be left out');
    if (typ !== DEFAULT_TYPE) fault('typ', 'must be left out');
  });

export type IssuerDefinition = z.output<typeof issuerDefinition>;
export type IntrospectionDefinition = z.output<typeof introspection>;
