import { claimsMapping } from '@gatehouse/client';
import { z } from 'zod';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../keys/keys.service.js';
import type { Resource } from './resource.entity.js';

/** What an administrator says of a resource's access tokens, in the names of the admin API. */
export const resourceSettings = z.object({
  /** `opaque`: nobody reads it but by introspection. */
  access_token_format: z.enum(['jwt', 'opaque']).default('jwt'),
  /** Seconds; the shortest of the client's and its resources' counts. */
  access_token_lifetime: z.int().min(1).max(86_400).optional(),
  access_token_signing_alg: z
    .string()
    .refine(
      (value): value is SigningAlgorithm => (SIGNING_ALGORITHMS as readonly string[]).includes(value),
      `must be one of ${SIGNING_ALGORITHMS.join(', ')}`,
    )
    .default('ES256'),
  /** Claims of its access tokens, each by the user's claim that it is taken from. */
  claims_mapping: claimsMapping.default({}),
});

export type ResourceSettings = z.output<typeof resourceSettings>;

/** What is wanted of one access token. */
export interface AccessTokenSettings {
  readonly format: 'jwt' | 'opaque';
  /** Seconds; undefined: as the client has it. */
  readonly lifetime: number | undefined;
  readonly alg: SigningAlgorithm;
  readonly claims: Readonly<Record<string, string>>;
}

export const DEFAULT_SETTINGS: AccessTokenSettings = {
  format: 'jwt',
  lifetime: undefined,
  alg: 'ES256',
  claims: {},
};

/** One token for several resources: the most careful of each; an algorithm only where they agree on it. */
export function combine(resources: readonly Resource[]): AccessTokenSettings {
  const [first] = resources;
  if (!first) return DEFAULT_SETTINGS;
  const lifetimes = resources.flatMap((one) => one.accessTokenLifetime ?? []);
  const agree = resources.every((one) => one.accessTokenSigningAlg === first.accessTokenSigningAlg);
  return {
    format: resources.some((one) => one.accessTokenFormat === 'opaque') ? 'opaque' : 'jwt',
    lifetime: lifetimes.length > 0 ? Math.min(...lifetimes) : undefined,
    alg: agree ? first.accessTokenSigningAlg : DEFAULT_SETTINGS.alg,
    claims: Object.assign({}, ...resources.map((one) => one.claimsMapping)) as Record<string, string>,
  };
}
