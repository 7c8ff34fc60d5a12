import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { clientMetadata } from '@gatehouse/client';
import { createApplication, registerBodyParsers } from '@gatehouse/http';
import { createLogger, NestLogger } from '@gatehouse/observability';
import { newSecret, s256Challenge } from '@gatehouse/token';
import { DataSource } from 'typeorm';
import { AppModule } from '../../apps/auth-server/src/app.module.js';
import { ClientsService } from '../../apps/auth-server/src/clients/clients.service.js';
import { readConfig } from '../../apps/auth-server/src/config.js';
import { GrantsService } from '../../apps/auth-server/src/grants/grants.service.js';
import {
  type Authorization,
  AuthorizationCodes,
} from '../../apps/auth-server/src/token/authorization-codes.service.js';
import { UsersService } from '../../apps/auth-server/src/users/users.service.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { freshRedis, redisUrl } from '../support/redis.js';

export const ISSUER = 'http://issuer.test';
export const GATEWAY = 'https://gateway.test';
export const API = `${GATEWAY}/demo`;
const SECRET = 'a-secret-of-the-tests-with-over-32-characters';

/** A test that fails half way leaves its servers to this: their timers would outlive the suite. */
const running = new Set<AuthServer>();
afterAll(async () => {
  for (const server of running) await server.close();
});

type Class<T> = abstract new (...args: never[]) => T;
type Form = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface TestClient {
  readonly clientId: string;
  readonly secret: string | undefined;
}

/** An auth-server of the suite's own: its real HTTP server on a free port, on a database of its own. */
export class AuthServer {
  private constructor(
    private readonly app: NestFastifyApplication,
    readonly database: TestDatabase,
    readonly url: string,
  ) {}

  /**
   * @param environment settings besides those of every suite
   * @param database another server's, to join or follow it
   * @param port where its address must be known before; otherwise a free one
   */
  static async start(
    environment: Readonly<Record<string, string>> = {},
    database?: TestDatabase,
    port = 0,
  ): Promise<AuthServer> {
    const redis = database ? redisUrl() : await freshRedis();
    const own = database ?? (await createDatabase());
    const config = readConfig({
      DATABASE_URL: own.url,
      GATEHOUSE_SECRET: SECRET,
      GATEHOUSE_ISSUER: ISSUER,
      GATEHOUSE_GATEWAY_URL: GATEWAY,
      GATEHOUSE_DEMO: 'true',
      GATEHOUSE_LOG_LEVEL: 'error',
      ...(redis === undefined ? {} : { REDIS_URL: redis }),
      ...environment,
    });
    const logger = createLogger('auth-server', config.logLevel);
    const app = await createApplication(AppModule.forRoot(config), {
      logger,
      nestLogger: new NestLogger(logger),
      host: '127.0.0.1',
      port: 0,
      portSetting: 'GATEHOUSE_AUTH_PORT',
      shutdownTimeout: 5,
      trustProxy: [],
      prepare: registerBodyParsers,
      requestLog: false,
    });
    try {
      await app.listen({ host: '127.0.0.1', port });
    } catch (error) {
      // What did start has timers and connections, which would outlive the suite.
      await app.close();
      throw error;
    }
    const server = new AuthServer(app, own, (await app.getUrl()).replace('localhost', '127.0.0.1'));
    running.add(server);
    return server;
  }

  get<T>(service: Class<T>): T {
    return this.app.get<T>(service as never, { strict: false });
  }

  async sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.get(DataSource).query<Row[]>(text, values);
  }

  async stop(): Promise<void> {
    await this.close();
    await this.database.drop();
  }

  /** Stops the server; its database stays. */
  async close(): Promise<void> {
    running.delete(this);
    await this.app.close();
  }

  /** @param client authenticates by HTTP Basic */
  async post(
    path: string,
    form: Form,
    client?: TestClient,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(form)) {
      for (const one of [value].flat()) if (one !== undefined) body.append(name, one as string);
    }
    return this.fetch(path, {
      method: 'POST',
      body,
      headers: {
        ...(client ? { authorization: basic(client) } : {}),
        ...headers,
      },
    });
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
    return { status: response.status, headers: response.headers, body };
  }

  /** `GET` or another method with an access token, and JSON. */
  async call(token: string | undefined, path: string, method = 'GET', body?: unknown): Promise<Answer> {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    if (body === undefined) return this.fetch(path, { method, headers });
    headers['content-type'] = 'application/json';
    return this.fetch(path, { method, headers, body: JSON.stringify(body) });
  }

  /** A confidential client that may have everything a user can agree to, unless `metadata` says otherwise. */
  async client(metadata: Record<string, unknown> = {}): Promise<TestClient> {
    const { client, secret } = await this.get(ClientsService).register({
      origin: 'admin',
      metadata: clientMetadata.parse({
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        scope: 'openid profile email offline_access demo:read demo:write',
        ...metadata,
      }),
    });
    return { clientId: client.clientId, secret };
  }

  /** An access token of a client that has just this scope. */
  async tokenWith(scope: string): Promise<string> {
    const client = await this.client({ grant_types: ['client_credentials'], redirect_uris: [], scope });
    const { body } = await this.post('/oauth2/token', { grant_type: 'client_credentials', scope }, client);
    return body.access_token as string;
  }

  /** A code as the authorization endpoint would issue it, with what redeems it. */
  async code(client: TestClient, changes: Partial<Authorization> = {}) {
    const user = (await this.get(UsersService).findByUsername('demo'))!;
    const verifier = newSecret();
    const scopes = [...(changes.scopes ?? ['openid', 'offline_access', 'demo:read'])];
    const resources = [...(changes.resources ?? [API])];
    const authTime = Math.floor(Date.now() / 1000) - 5;
    const grant = await this.get(GrantsService).create({
      clientId: client.clientId,
      userId: user.id,
      scopes,
      resources,
      authTime: new Date(authTime * 1000),
    });
    const code = await this.get(AuthorizationCodes).issue({
      grantId: grant.id,
      clientId: client.clientId,
      redirectUri: 'http://127.0.0.1/callback',
      redirectUriGiven: true,
      codeChallenge: s256Challenge(verifier),
      userId: user.id,
      authTime,
      amr: ['pwd'],
      ...changes,
      scopes,
      resources,
    });
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: 'http://127.0.0.1/callback',
      code_verifier: verifier,
    };
    return { form, code, verifier, userId: user.id, grantId: grant.id };
  }

  /** The tokens of a fresh authorization. */
  async tokens(client: TestClient, changes: Partial<Authorization> = {}): Promise<Record<string, string>> {
    const { form } = await this.code(client, changes);
    const { body } = await this.post('/oauth2/token', form, client);
    return body as Record<string, string>;
  }

  async refresh(client: TestClient, token: string | undefined, more: Form = {}): Promise<Answer> {
    return this.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: token, ...more }, client);
  }

  async isActive(client: TestClient, token: string | undefined): Promise<boolean> {
    const { body } = await this.post('/oauth2/introspect', { token }, client);
    return body.active as boolean;
  }
}

export function basic({ clientId, secret }: TestClient): string {
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret ?? '')}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** The claims of a JWT, unverified. */
export function claimsOf(jwt: unknown): Record<string, unknown> {
  return part(jwt, 1);
}

export function headerOf(jwt: unknown): Record<string, unknown> {
  return part(jwt, 0);
}

function part(jwt: unknown, index: number): Record<string, unknown> {
  const encoded = String(jwt).split('.')[index]!;
  return JSON.parse(Buffer.from(encoded, 'base64url').toString()) as Record<string, unknown>;
}
