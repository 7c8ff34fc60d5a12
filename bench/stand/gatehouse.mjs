import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetch } from 'undici';
import { MEASURED_CORE } from './cores.mjs';
import { freePort, StandError } from './stand.mjs';

/** The built apps on one core, on given stores, as the image runs them (log level `info`, into a file). */
export class Gatehouse {
  #stand;
  #root;
  #environment;
  /** Origins, as clients see them. */
  issuer;
  gateway;
  authServerProgram;
  gatewayProgram;

  /** @param {Record<string, string>} environment more settings */
  static async prepare(stand, root, { databaseUrl, redisUrl }, environment = {}) {
    const gatehouse = new Gatehouse();
    const [authPort, gatewayPort] = [await freePort(), await freePort()];
    gatehouse.#stand = stand;
    gatehouse.#root = root;
    gatehouse.issuer = `http://127.0.0.1:${authPort}`;
    gatehouse.gateway = `http://127.0.0.1:${gatewayPort}`;
    gatehouse.#environment = {
      NODE_OPTIONS: imageNodeOptions(root),
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      GATEHOUSE_SECRET: randomBytes(32).toString('base64'),
      GATEHOUSE_ISSUER: gatehouse.issuer,
      GATEHOUSE_GATEWAY_URL: gatehouse.gateway,
      GATEHOUSE_AUTH_PORT: String(authPort),
      GATEHOUSE_GATEWAY_PORT: String(gatewayPort),
      GATEHOUSE_DEMO: 'true',
      GATEHOUSE_DEMO_FILE: gatehouse.#demoFile,
      ...environment,
    };
    return gatehouse;
  }

  get #demoFile() {
    return join(this.#stand.directory, 'demo.json');
  }

  /**
   * Starts the auth-server, then the gateway.
   * @param {(app: string) => string[]} nodeOptions of each app, e.g. for profiling
   * @returns {Promise<{ authServer: number, gateway: number }>} milliseconds from start to ready
   */
  async start(nodeOptions = () => []) {
    const authServer = await this.startAuthServer(nodeOptions('auth-server'));
    this.gatewayProgram = this.#app('gateway', nodeOptions('gateway'));
    const gateway = await this.#stand.ready(this.gatewayProgram, `${this.gateway}/health/ready`);
    return { authServer, gateway };
  }

  async startAuthServer(nodeOptions = []) {
    this.authServerProgram = this.#app('auth-server', nodeOptions);
    return this.#stand.ready(this.authServerProgram, `${this.issuer}/health/ready`);
  }

  /**
   * Starts one more gateway beside the first, on a port of its own.
   * @param {Record<string, string>} environment what it has otherwise
   */
  async startAnother(name, environment, nodeOptions = []) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = this.#app('gateway', nodeOptions, {
      name,
      GATEHOUSE_GATEWAY_PORT: String(port),
      ...environment,
    });
    await this.#stand.ready(program, `${url}/health/ready`);
    return { program, url };
  }

  /** Creates a route. */
  createRoute(route) {
    return this.create('routes', route);
  }

  /** Creates an object of the gateway's configuration. */
  async create(kind, object) {
    await json(`${this.gateway}/admin/v1/${kind}`, 201, {
      method: 'POST',
      headers: { authorization: await this.#adminAuthorization(), 'content-type': 'application/json' },
      body: JSON.stringify(object),
    });
  }

  async stop() {
    await this.#stand.end(this.gatewayProgram);
    await this.#stand.end(this.authServerProgram);
  }

  /**
   * Registers a client for client_credentials.
   * @returns {Promise<string>} its `Authorization` value at the token endpoint
   */
  async registerClient() {
    const metadata = { client_name: 'bench', grant_types: ['client_credentials'], scope: 'demo:read' };
    const { clientId, secret } = await this.register(metadata);
    return basic(clientId, secret);
  }

  /** Registers a client over the admin API. @returns {Promise<{ clientId: string, secret: string }>} */
  async register(metadata) {
    const client = await json(`${this.issuer}/admin/v1/clients`, 201, {
      method: 'POST',
      headers: { authorization: await this.#adminAuthorization(), 'content-type': 'application/json' },
      body: JSON.stringify(metadata),
    });
    return { clientId: client.client_id, secret: client.client_secret };
  }

  /** What the auth-server wrote into demo.json. */
  demo() {
    return JSON.parse(readFileSync(this.#demoFile, 'utf8'));
  }

  /**
   * Adds a route that checks the token and its scope and counts each call in Redis, with a limit that no run reaches.
   * @returns {Promise<string>} its URL
   */
  async addRoute(upstream) {
    const route = {
      name: 'bench',
      match: { paths: ['/bench'] },
      upstream: { url: upstream },
      strip_prefix: true,
      guards: [{ type: 'access_token', audience: `${this.gateway}/demo`, scopes: ['demo:read'] }],
      limits: [{ by: 'client', limit: 1_000_000_000, window: 60 }],
    };
    await this.createRoute(route);
    return `${this.gateway}/bench/answer`;
  }

  /** Fetches access tokens. @returns {Promise<string[]>} `Authorization` values */
  async tokens(authorization, count) {
    const one = () => requestToken(`${this.issuer}/oauth2/token`, authorization, TOKEN_FORM);
    return Promise.all(Array.from({ length: count }, one));
  }

  /** Fetches opaque access tokens, for the API `/opaque` of the gateway. @returns {Promise<string[]>} */
  async opaqueTokens(count) {
    await json(`${this.issuer}/admin/v1/resources/${encodeURIComponent(`${this.gateway}/opaque`)}`, 200, {
      method: 'PUT',
      headers: { authorization: await this.#adminAuthorization(), 'content-type': 'application/json' },
      body: JSON.stringify({ scopes: { 'opaque:read': 'Read' }, access_token_format: 'opaque' }),
    });
    const metadata = {
      client_name: 'bench opaque',
      grant_types: ['client_credentials'],
      scope: 'opaque:read',
    };
    const { clientId, secret } = await this.register(metadata);
    const form = 'grant_type=client_credentials&scope=opaque:read';
    const one = () => requestOpaqueToken(`${this.issuer}/oauth2/token`, basic(clientId, secret), form);
    return Promise.all(Array.from({ length: count }, one));
  }

  async #adminAuthorization() {
    const { admin } = this.demo();
    const credentials = basic(admin.client_id, admin.client_secret);
    const form = 'grant_type=client_credentials&scope=admin';
    return requestToken(`${this.issuer}/oauth2/token`, credentials, form);
  }

  #app(name, nodeOptions, { name: called = name, ...environment } = {}) {
    const entry = join(this.#root, 'dist', 'apps', name, 'src', 'main.js');
    return this.#stand.start(called, [process.execPath, ...nodeOptions, entry], {
      core: MEASURED_CORE,
      env: { ...this.#environment, ...environment },
    });
  }
}

/** The NODE_OPTIONS that the Dockerfile sets for the apps. */
function imageNodeOptions(root) {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const found = /^ENV NODE_OPTIONS="(.*)"$/m.exec(dockerfile);
  if (!found) throw new StandError('The Dockerfile sets no NODE_OPTIONS');
  return found[1];
}

/** What is posted to every token endpoint. */
export const TOKEN_FORM = 'grant_type=client_credentials&scope=demo:read';

/** A token from any token endpoint, as an `Authorization` value; also the proof that the endpoint works. */
export async function requestToken(url, authorization, form) {
  const answer = await json(url, 200, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
  });
  if (answer.access_token.split('.').length !== 3)
    throw new StandError(`${url} gives tokens that are no JWT`);
  return `Bearer ${answer.access_token}`;
}

async function requestOpaqueToken(url, authorization, form) {
  const answer = await json(url, 200, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
  });
  if (answer.access_token.includes('.')) throw new StandError(`${url} gives tokens that are not opaque`);
  return `Bearer ${answer.access_token}`;
}

export function basic(id, secret) {
  const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** Writes the values that the load generator sends in turn. */
export function writeAuthorizations(stand, name, values) {
  const file = join(stand.directory, `${name}.authorizations`);
  writeFileSync(file, `${values.join('\n')}\n`, { mode: 0o600 });
  return file;
}

async function json(url, expected, options) {
  const response = await fetch(url, options);
  const text = await response.text();
  if (response.status !== expected) throw new StandError(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
