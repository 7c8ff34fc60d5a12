import { z } from 'zod';

/** The algorithms of FAPI 2.0 Security Profile §5.4.1. */
export const FAPI2_ALGORITHMS: readonly string[] = ['PS256', 'ES256', 'EdDSA'];

const METHODS: readonly string[] = ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'];

const SIGNED = [
  'id_token_signed_response_alg',
  'token_endpoint_auth_signing_alg',
  'request_object_signing_alg',
  'userinfo_signed_response_alg',
  'introspection_signed_response_alg',
  'authorization_signed_response_alg',
] as const;

export const profileMembers = {
  /** Gatehouse: holds the client, and all that it asks for, to the FAPI 2.0 Security Profile. */
  profile: z.enum(['fapi2']).optional(),
};

/** What of a client's metadata the profile is about. */
type Fapi2Metadata = Readonly<Partial<Record<(typeof SIGNED)[number], string | undefined>>> & {
  readonly profile?: 'fapi2' | undefined;
  readonly token_endpoint_auth_method: string;
  readonly redirect_uris: readonly string[];
  readonly grant_types: readonly string[];
  readonly response_types?: readonly string[] | undefined;
  readonly require_pkce: boolean;
  readonly require_pushed_authorization_requests?: boolean | undefined;
  readonly dpop_bound_access_tokens?: boolean | undefined;
  readonly tls_client_certificate_bound_access_tokens?: boolean | undefined;
};

/** Whether the client is held to the FAPI 2.0 Security Profile. */
export function isFapi2(client: Pick<Fapi2Metadata, 'profile'>): boolean {
  return client.profile === 'fapi2';
}

/** Tells `fault` what in the metadata the profile does not allow (FAPI 2.0 Security Profile §5.3.2 and §5.4). */
export function checkFapi2(client: Fapi2Metadata, fault: (member: string, message: string) => void): void {
  if (!isFapi2(client)) return;
  const demand = (holds: boolean | undefined, member: string, message: string) => {
    if (!holds) fault(member, `${message} (FAPI 2.0 Security Profile §5.3.2)`);
  };
  const { token_endpoint_auth_method: method, grant_types: grants, redirect_uris: uris } = client;
  demand(METHODS.includes(method), 'token_endpoint_auth_method', `must be one of ${METHODS.join(', ')}`);
  demand(
    client.dpop_bound_access_tokens ?? client.tls_client_certificate_bound_access_tokens,
    'dpop_bound_access_tokens',
    'this or tls_client_certificate_bound_access_tokens must be true',
  );
  demand(
    !grants.includes('implicit') && !grants.includes('password'),
    'grant_types',
    'must be neither implicit nor password',
  );
  demand(
    client.response_types?.every((type) => type === 'code') ?? true,
    'response_types',
    'must be code alone',
  );
  demand(
    uris.every((uri) => uri.startsWith('https:')),
    'redirect_uris',
    'must be https',
  );
  demand(client.require_pkce, 'require_pkce', 'must be true');
  demand(
    client.require_pushed_authorization_requests || !grants.includes('authorization_code'),
    'require_pushed_authorization_requests',
    'must be true',
  );
  for (const member of SIGNED) {
    const alg = client[member];
    const unset =
      alg === undefined && !(member === 'token_endpoint_auth_signing_alg' && method === 'private_key_jwt');
    demand(
      unset || FAPI2_ALGORITHMS.includes(alg ?? ''),
      member,
      `must be one of ${FAPI2_ALGORITHMS.join(', ')}`,
    );
  }
}
