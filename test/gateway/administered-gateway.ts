import type { Environment } from '@gatehouse/config';
import type { Type } from '@nestjs/common';
import { AuthServer, GATEWAY, ISSUER } from '../auth-server/auth-server.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';
import type { Json } from './gateway.js';

/** A gateway and an auth-server in this process, and the gateway's admin API at hand. */
export interface AdministeredGateway extends LoneGateway {
  readonly auth: AuthServer;
  /** An access token with the scope `admin`. */
  readonly token: string;
  admin(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<AdminAnswer>;
}

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Json;
}

const SECRET = 'a-secret-of-the-tests-with-over-32-characters';

export async function startAdministeredGateway(
  environment: Environment = {},
  modules: Type[] = [],
): Promise<AdministeredGateway> {
  const auth = await AuthServer.start({ GATEHOUSE_SECRET: SECRET });
  const gateway = await startLoneGateway(
    {
      GATEHOUSE_SECRET: SECRET,
      GATEHOUSE_ISSUER: ISSUER,
      GATEHOUSE_GATEWAY_URL: GATEWAY,
      GATEHOUSE_AUTH_INTERNAL_URL: auth.url,
      ...environment,
    },
    modules,
  );
  const token = await auth.tokenWith('admin');
  return {
    ...gateway,
    auth,
    token,
    admin: (method, path, body, headers) => callAdmin(gateway.url, token, method, path, body, headers),
    stop: async () => {
      await gateway.stop();
      await auth.stop();
    },
  };
}

/** Calls the admin API of a gateway; a text is sent as it is, anything else as JSON. */
export async function callAdmin(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<AdminAnswer> {
  const answer = await fetch(`${url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = (/^[[{]/.test(text) ? JSON.parse(text) : {}) as Json;
  return { status: answer.status, headers: answer.headers, text, json };
}
