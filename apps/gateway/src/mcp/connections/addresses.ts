import type { LoginSite } from '../../login/login-client.js';

type Site = Pick<LoginSite, 'base'>;

/** The path of the page at which people connect an account. */
export function connectPath(server: string): string {
  return `/.gatehouse/mcp/connect/${server}`;
}

/** Each server has its own: an answer that is meant for another one comes to the wrong address (RFC 9700 §4.4.2.2). */
export function callbackUri({ base }: Site, server: string): string {
  return `${base}/.gatehouse/mcp/callback/${server}`;
}

/** The client that the gateway is at authorization servers that take Client ID Metadata Documents. */
export function documentUri(gatewayUrl: string, server: string): string {
  return `${gatewayUrl}/.gatehouse/mcp/clients/${server}`;
}
