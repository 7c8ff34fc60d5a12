import { SettingsError } from '@gatehouse/config';
import { authServerUrl, type Config } from '../config.js';
import { type RouteDefinition, routeDefinition } from '../routes/route-definition.js';

/** What browsers and clients need of the auth-server. Its admin API and the revocation feed stay where they are. */
const PATHS = [
  '/oauth2',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/jwks',
  '/userinfo',
  '/logout',
  '/check-session',
  '/device',
  '/ciba',
  '/interaction',
  '/account',
];

/** Behind every route of the configuration. */
const LAST = -1_000;

/** The routes by which the gateway serves the auth-server under its own origin (GATEHOUSE_GATEWAY_PUBLISH_AUTH). */
export function authServerRoutes(config: Config): readonly RouteDefinition[] {
  if (!config.publishAuth) return [];
  const route = {
    name: 'gatehouse-auth-server',
    match: { paths: PATHS, priority: LAST },
    upstream: { url: authServerUrl(config) },
    // The auth-server has guards and limits of its own.
    guards: [],
  };
  return [routeDefinition.parse(route)];
}

/** @throws SettingsError where the gateway would ask itself for what it is to publish */
export function checkPublication({ publishAuth, authInternalUrl, issuer, gatewayUrl }: Config): void {
  if (!publishAuth) return;
  const faults: string[] = [];
  if (new URL(issuer).origin !== new URL(gatewayUrl).origin) {
    faults.push(
      `GATEHOUSE_ISSUER must have the origin of GATEHOUSE_GATEWAY_URL (${gatewayUrl}) where GATEHOUSE_GATEWAY_PUBLISH_AUTH is true (it is ${issuer})`,
    );
  }
  if (authInternalUrl === undefined) {
    faults.push(
      'GATEHOUSE_AUTH_INTERNAL_URL is not set: GATEHOUSE_GATEWAY_PUBLISH_AUTH needs to know where the auth-server is',
    );
  }
  if (faults.length > 0) throw new SettingsError(faults);
}
