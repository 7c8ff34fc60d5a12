import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { ConfigObjects } from '../../apps/gateway/src/configuration/config-objects.service.js';
import type { LoneGateway } from './lone-gateway.js';

type SigningKey = Parameters<SignJWT['sign']>[0];

export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: SigningKey;
  readonly jwk: JWK;
}

export async function newIssuerKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** Another authorization server than ours: its metadata, its keys, and its introspection, as a test wants them. */
export class TestIssuer {
  /** What is published at `/jwks`. */
  published: unknown;
  /** What introspection says of a token; anything else is not active. */
  readonly opaque = new Map<string, unknown>();
  /** Paths that were asked for, oldest first, and the bodies of introspections. */
  readonly asked: string[] = [];
  readonly forms: { form: URLSearchParams; authorization: string | undefined }[] = [];
  /** Answers in place of all that follows. */
  instead: http.RequestListener | undefined;
  metadata: object;

  private constructor(
    private readonly server: http.Server,
    readonly url: string,
    public key: IssuerKey,
  ) {
    this.published = { keys: [key.jwk] };
    this.metadata = { issuer: url, jwks_uri: `${url}/jwks` };
  }

  static async start(alg = 'ES256'): Promise<TestIssuer> {
    const server = http.createServer((request, response) => issuer.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const issuer: TestIssuer = new TestIssuer(server, url, await newIssuerKey('first', alg));
    return issuer;
  }

  /** A token as this issuer signs it; a claim or header that is undefined is left out. */
  token(claims: JWTPayload = {}, header: object = {}, key = this.key): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: this.url, sub: 'ada', client_id: 'app', iat: now, exp: now + 300, ...claims };
    return new SignJWT(withoutUndefined(all) as JWTPayload)
      .setProtectedHeader(withoutUndefined({ typ: 'at+jwt', alg: key.alg, kid: key.kid, ...header }) as never)
      .sign(key.privateKey);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.asked.push(request.url!);
    if (this.instead) return this.instead(request, response);
    response.setHeader('content-type', 'application/json');
    if (request.url === '/jwks') return void response.end(JSON.stringify(this.published));
    if (request.url === '/.well-known/openid-configuration') {
      return void response.end(JSON.stringify(this.metadata));
    }
    if (request.url === '/introspect') return this.introspect(request, response);
    response.writeHead(404).end('{}');
  }

  private introspect(request: http.IncomingMessage, response: http.ServerResponse): void {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const form = new URLSearchParams(body);
      this.forms.push({ form, authorization: request.headers.authorization });
      response.end(JSON.stringify(this.opaque.get(form.get('token')!) ?? { active: false }));
    });
  }
}

function withoutUndefined(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object;
}

/** Puts these issuers, and no others, in force at a gateway. */
export async function putIssuers(
  gateway: LoneGateway,
  ...definitions: { readonly name: string; readonly [member: string]: unknown }[]
): Promise<void> {
  const objects = gateway.app.get(ConfigObjects, { strict: false });
  const there = (await objects.list('issuers', '', 100)).map(({ name }) => name);
  for (const name of there) {
    if (!definitions.some((one) => one.name === name)) await objects.delete('issuers', name);
  }
  for (const one of definitions) {
    if (there.includes(one.name)) await objects.replace('issuers', one.name, one);
    else await objects.create('issuers', one);
  }
}

let routes = 0;

/** Adds a route with an `access_token` guard. @returns its path */
export async function guardedRoute(
  gateway: LoneGateway,
  upstream: string,
  guard: object,
  more: object = {},
): Promise<string> {
  const path = `/guarded${++routes}`;
  await gateway.addRoute({
    name: path.slice(1),
    match: { paths: [path] },
    upstream: { url: upstream },
    guards: [{ type: 'access_token', ...guard }],
    ...more,
  });
  return path;
}
