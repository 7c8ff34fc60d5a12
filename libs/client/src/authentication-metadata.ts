import { z } from 'zod';
import { publicJwks } from './jwks.js';
import { isLoopback } from './redirect-uri.js';

/** Asymmetric algorithms a client may sign with (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). */
export const CLIENT_SIGNING_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const;

/** What a client secret can sign with: RFC 7518 §3.2 asks for a key as long as the hash, and secrets have 43 bytes. */
export const CLIENT_SECRET_ALGORITHMS = ['HS256'] as const;

/** RFC 8705 §2.1.2: what of the certificate names the client; one of them. */
export const TLS_CLIENT_AUTH_MEMBERS = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
] as const;

const name = z.string().min(1).max(1_000).optional();

/** An address this server fetches: https, or http on loopback, which the guarded fetch takes only where it may. */
export const fetchedUri = z
  .url({ protocol: /^https?$/ })
  .max(2_048)
  .refine((value) => {
    const url = new URL(value);
    return url.protocol === 'https:' || isLoopback(url);
  }, 'must be https');

/** The members about how a client proves who it is (RFC 7591 §2, OpenID Connect Registration §2, RFC 8705 §2). */
export const authenticationMembers = {
  /** Which methods there are, the server knows: in-house ones are possible. */
  token_endpoint_auth_method: z
    .string()
    .regex(/^[\w.:/-]{1,100}$/, 'must be the name of a method')
    .default('client_secret_basic'),
  token_endpoint_auth_signing_alg: z
    .enum([...CLIENT_SIGNING_ALGORITHMS, ...CLIENT_SECRET_ALGORITHMS])
    .optional(),
  jwks: publicJwks.optional(),
  jwks_uri: fetchedUri.optional(),
  tls_client_auth_subject_dn: name,
  tls_client_auth_san_dns: name,
  tls_client_auth_san_uri: name,
  tls_client_auth_san_ip: name,
  tls_client_auth_san_email: name,
};

type AuthenticationMetadata = z.output<z.ZodObject<typeof authenticationMembers>>;

/** Whether the client proves nothing: anybody could be it. */
export function isPublicClient(client: Pick<AuthenticationMetadata, 'token_endpoint_auth_method'>): boolean {
  return client.token_endpoint_auth_method === 'none';
}

/** Whether the client's method needs a secret that this server gives it. */
export function usesSecret(client: Pick<AuthenticationMetadata, 'token_endpoint_auth_method'>): boolean {
  return client.token_endpoint_auth_method.startsWith('client_secret_');
}

/** Tells `fault` what in the members does not go together. */
export function checkAuthentication(
  client: AuthenticationMetadata,
  fault: (member: keyof AuthenticationMetadata, message: string) => void,
): void {
  const { token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: alg } = client;
  const hasKeys = client.jwks !== undefined || client.jwks_uri !== undefined;
  if (client.jwks && client.jwks_uri) fault('jwks_uri', 'must not stand beside jwks (RFC 7591 §2)');
  if (method === 'private_key_jwt' && !hasKeys) fault('jwks', 'private_key_jwt needs jwks or jwks_uri');
  if (method === 'self_signed_tls_client_auth' && !hasKeys) {
    fault('jwks', 'self_signed_tls_client_auth needs jwks or jwks_uri with x5c (RFC 8705 §2.2)');
  }
  const isSecretAlg = alg !== undefined && (CLIENT_SECRET_ALGORITHMS as readonly string[]).includes(alg);
  if (alg !== undefined && isSecretAlg !== (method === 'client_secret_jwt')) {
    fault('token_endpoint_auth_signing_alg', `${alg} is not for ${method}`);
  }
  const named = TLS_CLIENT_AUTH_MEMBERS.filter((member) => client[member] !== undefined);
  if (method === 'tls_client_auth' && named.length !== 1) {
    fault(
      named[1] ?? TLS_CLIENT_AUTH_MEMBERS[0],
      'tls_client_auth needs exactly one of these (RFC 8705 §2.1.2)',
    );
  }
}
