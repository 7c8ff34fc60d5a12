import { OAuthError } from '@gatehouse/http';
import { parseScope } from '@gatehouse/token';
import type { Client } from '../clients/client.entity.js';
import { OPERATOR_SCOPES } from '../resources/resources.service.js';

const NEVER_DEFAULT: ReadonlySet<string> = new Set(['openid', 'offline_access']);

const NONE: ReadonlySet<string> = new Set();

/**
 * The scopes of a request.
 * @param operator the scopes of operators that may be asked for all the same
 * @throws OAuthError invalid_scope
 */
export function readScopes(
  client: Client,
  scope: string | undefined,
  operator: ReadonlySet<string> = NONE,
): string[] {
  const registered = parseScope(client.metadata.scope)!.filter(
    (one) => !OPERATOR_SCOPES.has(one) || operator.has(one),
  );
  const refreshes = client.metadata.grant_types.includes('refresh_token');
  // RFC 6749 §3.3: a request without scope gets a default, or fails. It is then no OpenID request.
  const asked = scope === undefined ? registered.filter((one) => !NEVER_DEFAULT.has(one)) : parseScope(scope);
  if (!asked) throw new OAuthError('invalid_scope', 'scope is malformed (RFC 6749 section 3.3)');
  const refused = asked.find((one) => !registered.includes(one));
  if (refused !== undefined)
    throw new OAuthError('invalid_scope', `The client may not ask for the scope ${refused}`);
  if (asked.length === 0)
    throw new OAuthError('invalid_scope', 'scope is missing, and the client has no default');
  // OpenID Connect Core §11: ignored where it can have no effect.
  return asked.filter((one) => one !== 'offline_access' || refreshes);
}
