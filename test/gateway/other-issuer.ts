import { createHash, randomBytes } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** What the issuer was asked at its token endpoint. */
export interface TokenRequest {
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
}

/** How this issuer behaves: a test changes what it is about. */
export interface Behaviour {
  /** Members that ID Tokens have besides, or (undefined) have not. */
  idToken: Record<string, unknown>;
  /** Signs an ID Token. */
  sign: (claims: JWTPayload) => Promise<string>;
  /** Members of the token answer. */
  answer: Record<string, unknown>;
  userinfo: Record<string, unknown>;
  /** Members of its metadata; read once by each gateway. */
  metadata: Record<string, unknown>;
  /** Parameters with which browsers come back. */
  redirect: Record<string, string>;
  /** The answer to a refresh, when it is another than new tokens. */
  refresh: (() => { status: number; body: unknown } | Promise<{ status: number; body: unknown }>) | undefined;
}

/** An OpenID provider that is not ours, in this process: everybody who comes is signed in as Ada, without a page. */
export interface OtherIssuer {
  readonly url: string;
  readonly keys: { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey };
  behaviour: Behaviour;
  /** The last authorization request. */
  asked: URLSearchParams;
  readonly tokenRequests: TokenRequest[];
  readonly revoked: string[];
  /** Requests to the address where people sign out. */
  readonly signOuts: URL[];
  idToken(claims: Record<string, unknown>): Promise<string>;
  logoutToken(claims: Record<string, unknown>, typ?: string): Promise<string>;
  refreshes(): number;
  reset(): void;
  stop(): Promise<void>;
}

export const CLIENT_ID = 'gateway';
export const SUBJECT = 'ada-1';
export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

export async function startOtherIssuer(): Promise<OtherIssuer> {
  const keys = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  const codes = new Map<string, URLSearchParams>();
  const sign = (claims: JWTPayload, typ?: string) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...(typ === undefined ? {} : { typ }) })
      .sign(keys.privateKey);
  const plain = (): Behaviour => ({
    idToken: {},
    sign: (claims) => sign(claims),
    answer: { expires_in: 3_600 },
    userinfo: { email: 'ada@example.com', email_verified: true, name: 'Ada Lovelace', groups: ['staff'] },
    metadata: {},
    redirect: {},
    refresh: undefined,
  });

  const tokens = async (nonce: string | null) => {
    const { behaviour } = issuer;
    const accessToken = `at-${randomBytes(12).toString('hex')}`;
    const now = Math.floor(Date.now() / 1000);
    const claims: Record<string, unknown> = {
      iss: issuer.url,
      sub: SUBJECT,
      aud: CLIENT_ID,
      iat: now,
      exp: now + 300,
      sid: 'sid-1',
      ...(nonce === null ? {} : { nonce }),
      at_hash: leftHalf(accessToken),
      ...behaviour.idToken,
    };
    for (const [name, value] of Object.entries(claims)) if (value === undefined) delete claims[name];
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      refresh_token: `rt-${randomBytes(12).toString('hex')}`,
      id_token: await behaviour.sign(claims),
      ...behaviour.answer,
    };
  };

  const token = async (request: IncomingMessage, response: ServerResponse) => {
    const form = new URLSearchParams(await bodyOf(request));
    issuer.tokenRequests.push({ form, authorization: request.headers.authorization });
    if (form.get('grant_type') === 'refresh_token') {
      const other = await issuer.behaviour.refresh?.();
      return json(response, other?.body ?? (await tokens(null)), other?.status);
    }
    const asked = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isGood =
      asked &&
      asked.get('redirect_uri') === form.get('redirect_uri') &&
      (asked.get('code_challenge') === null || asked.get('code_challenge') === challenge);
    if (!isGood) return json(response, { error: 'invalid_grant' }, 400);
    return json(response, await tokens(asked.get('nonce')));
  };

  const authorize = (url: URL, response: ServerResponse) => {
    issuer.asked = url.searchParams;
    const code = randomBytes(16).toString('hex');
    codes.set(code, url.searchParams);
    const back = new URL(url.searchParams.get('redirect_uri')!);
    const answer = { code, state: url.searchParams.get('state')!, ...issuer.behaviour.redirect };
    for (const [name, value] of Object.entries(answer)) back.searchParams.set(name, value);
    response.writeHead(302, { location: back.href }).end();
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url!, issuer.url);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(response, { ...metadataOf(issuer.url), ...issuer.behaviour.metadata });
      case '/jwks':
        return json(response, { keys: [jwk] });
      case '/authorize':
        return authorize(url, response);
      case '/token':
        return token(request, response);
      case '/userinfo':
        return json(response, { sub: SUBJECT, ...issuer.behaviour.userinfo });
      case '/revoke':
        issuer.revoked.push(new URLSearchParams(await bodyOf(request)).get('token')!);
        return void response.writeHead(200).end();
      case '/end':
        issuer.signOuts.push(url);
        return void response
          .writeHead(303, { location: url.searchParams.get('post_logout_redirect_uri') ?? '/' })
          .end();
      default:
        return json(response, { error: 'not_found' }, 404);
    }
  };
  const server = http.createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const issuer: OtherIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    behaviour: plain(),
    asked: new URLSearchParams(),
    tokenRequests: [],
    revoked: [],
    signOuts: [],
    idToken: (claims) => sign(claims),
    logoutToken: (claims, typ = 'logout+jwt') => {
      const now = Math.floor(Date.now() / 1000);
      const all: Record<string, unknown> = {
        iss: issuer.url,
        aud: CLIENT_ID,
        iat: now,
        exp: now + 120,
        jti: randomBytes(8).toString('hex'),
        events: { [LOGOUT_EVENT]: {} },
        ...claims,
      };
      for (const [name, value] of Object.entries(all)) if (value === undefined) delete all[name];
      return sign(all, typ === '' ? undefined : typ);
    },
    refreshes: () =>
      issuer.tokenRequests.filter(({ form }) => form.get('grant_type') === 'refresh_token').length,
    reset: () => {
      issuer.behaviour = plain();
      issuer.tokenRequests.length = 0;
      issuer.revoked.length = 0;
      issuer.signOuts.length = 0;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return issuer;
}

function metadataOf(url: string) {
  return {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/jwks`,
    userinfo_endpoint: `${url}/userinfo`,
    revocation_endpoint: `${url}/revoke`,
    end_session_endpoint: `${url}/end`,
  };
}

export function leftHalf(value: string): string {
  return createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
