import { DPOP_ALGORITHMS } from '@gatehouse/token';
import type { AccessTokenSettings } from '../guards/access-token-settings.js';

/** Members of RFC 9728 §2. */
export interface ProtectedResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly scopes_supported: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
  readonly resource_name?: string;
  readonly resource_documentation?: string;
  readonly authorization_details_types_supported?: readonly string[];
  readonly dpop_bound_access_tokens_required?: true;
  readonly dpop_signing_alg_values_supported?: readonly string[];
  readonly tls_client_certificate_bound_access_tokens?: true;
}

/**
 * What clients are told of an API, from what its guards ask for. A demand that only some of its routes make is told, too:
 * whoever fulfils it can use all of them.
 * @param urlOf the URL of an issuer by its name
 */
export function metadataOf(
  resource: string,
  guards: readonly AccessTokenSettings[],
  urlOf: (issuer: string) => string | undefined,
): ProtectedResourceMetadata {
  const name = firstOf(guards, ({ resource_name: one }) => one);
  const documentation = firstOf(guards, ({ resource_documentation: one }) => one);
  const details = all(guards, ({ authorization_details: needed }) => needed?.map(({ type }) => type));
  const needsDpop = guards.some(({ dpop }) => dpop === 'required');
  const needsCertificate = guards.some(({ mtls_bound: bound }) => bound);
  return {
    resource,
    authorization_servers: all(guards, ({ issuers }) => issuers.flatMap((one) => urlOf(one) ?? [])),
    scopes_supported: all(guards, ({ scopes, any_scope: any = [] }) => [...scopes, ...any]).sort(),
    bearer_methods_supported: ['header'],
    ...(name === undefined ? {} : { resource_name: name }),
    ...(documentation === undefined ? {} : { resource_documentation: documentation }),
    ...(details.length === 0 ? {} : { authorization_details_types_supported: details }),
    ...(needsDpop
      ? { dpop_bound_access_tokens_required: true, dpop_signing_alg_values_supported: DPOP_ALGORITHMS }
      : {}),
    ...(needsCertificate ? { tls_client_certificate_bound_access_tokens: true } : {}),
  };
}

/** What each guard has, each once, in the order in which it comes first. */
function all(
  guards: readonly AccessTokenSettings[],
  of: (guard: AccessTokenSettings) => readonly string[] | undefined,
): string[] {
  return [...new Set(guards.flatMap((guard) => of(guard) ?? []))];
}

function firstOf<Value>(
  guards: readonly AccessTokenSettings[],
  of: (guard: AccessTokenSettings) => Value | undefined,
): Value | undefined {
  return guards.map(of).find((value) => value !== undefined);
}
