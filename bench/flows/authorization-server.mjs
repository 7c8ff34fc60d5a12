/** One authorization server as a client with one signed-in user sees it; both servers are driven through this. */
import { createHash, randomBytes } from 'node:crypto';
import { URL, URLSearchParams } from 'node:url';
import { Pool } from 'undici';
import { CONNECTIONS } from '../stand/load.mjs';
import { StandError } from '../stand/stand.mjs';

const FORM = 'application/x-www-form-urlencoded';
const MOST_REDIRECTS = 10;

export class AuthorizationServer {
  #pool;
  #verifier = randomBytes(32).toString('base64url');
  #challenge = createHash('sha256').update(this.#verifier).digest('base64url');
  #cookies = '';

  /**
   * @param {{ program: object, origin: string, paths: { authorize: string, token: string, introspection: string,
   *   userinfo: string }, authorization: string, clientId: string, redirectUri: string, scope: string,
   *   resource?: string }} server `authorization` is the client's, by HTTP Basic
   */
  constructor(server) {
    Object.assign(this, server);
    this.#pool = new Pool(server.origin, { connections: CONNECTIONS, pipelining: 1 });
  }

  close() {
    return this.#pool.destroy();
  }

  /** @param {string} cookies of a browser in which the user is signed in */
  useSession(cookies) {
    this.#cookies = cookies;
  }

  /** Follows redirects, cookies kept, until the client's redirect URI: for a server whose login asks for nothing. */
  async signIn() {
    const jar = new Map();
    let path = this.#authorizePath();
    for (let hop = 0; hop < MOST_REDIRECTS; hop += 1) {
      const { headers } = await this.#get(path, [...jar.values()].join('; '));
      for (const one of [headers['set-cookie'] ?? []].flat()) jar.set(one.split('=')[0], one.split(';')[0]);
      const location = headers.location;
      if (location?.startsWith(this.redirectUri)) return this.useSession([...jar.values()].join('; '));
      if (location === undefined) break;
      const url = new URL(location, this.origin);
      path = `${url.pathname}${url.search}`;
    }
    throw new StandError(`${this.origin}: the user could not be signed in`);
  }

  /** @returns {Promise<string>} an authorization code */
  async authorize() {
    const { headers, statusCode, text } = await this.#get(this.#authorizePath(), this.#cookies);
    const code = /[?&]code=([^&]+)/.exec(headers.location ?? '')?.[1];
    if (!code)
      throw new StandError(`authorize answered ${statusCode} ${headers.location} ${text.slice(0, 200)}`);
    return decodeURIComponent(code);
  }

  redeem(code) {
    const form = { grant_type: 'authorization_code', code, redirect_uri: this.redirectUri };
    return this.#post(this.paths.token, { ...form, code_verifier: this.#verifier });
  }

  refresh(token) {
    return this.#post(this.paths.token, { grant_type: 'refresh_token', refresh_token: token });
  }

  clientCredentials() {
    return this.#post(this.paths.token, { grant_type: 'client_credentials', scope: 'demo:read' });
  }

  async introspect(token) {
    const answer = await this.#post(this.paths.introspection, { token });
    if (answer.active !== true) throw new StandError('introspection says the token is not active');
  }

  async userinfo(token) {
    const answer = await this.#send({
      method: 'GET',
      path: this.paths.userinfo,
      headers: { authorization: `Bearer ${token}` },
    });
    if (JSON.parse(answer.text).sub === undefined) throw new StandError(`userinfo: ${answer.text}`);
  }

  /** An authorization request, for a browser. */
  authorizeUrl() {
    return `${this.origin}${this.#authorizePath()}`;
  }

  #authorizePath() {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: this.clientId,
      redirect_uri: this.redirectUri,
      scope: this.scope,
      state: 'bench',
      code_challenge: this.#challenge,
      code_challenge_method: 'S256',
    });
    return `${this.paths.authorize}?${query.toString()}`;
  }

  #get(path, cookie) {
    return this.#send({ method: 'GET', path, headers: { cookie } });
  }

  async #post(path, form) {
    const answer = await this.#send({
      method: 'POST',
      path,
      headers: { authorization: this.authorization, 'content-type': FORM },
      body: new URLSearchParams(form).toString(),
    });
    if (answer.statusCode !== 200)
      throw new StandError(`${path} answered ${answer.statusCode}: ${answer.text}`);
    return JSON.parse(answer.text);
  }

  async #send(options) {
    const headers = { ...options.headers, 'x-forwarded-for': someAddress() };
    const { statusCode, headers: answered, body } = await this.#pool.request({ ...options, headers });
    return { statusCode, headers: answered, text: await body.text() };
  }
}

/** Callers have many addresses; limits by address are counted, and not reached. */
function someAddress() {
  const part = () => Math.floor(Math.random() * 256);
  return `10.${part()}.${part()}.${part()}`;
}
