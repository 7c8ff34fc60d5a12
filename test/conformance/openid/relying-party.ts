import { Browser, type Page } from '../../../examples/demo-flow/src/browser.js';
import { newSecret, s256Challenge } from '@gatehouse/token';
import { SessionsService } from '../../../apps/auth-server/src/sessions/sessions.service.js';
import type { Answer as HttpAnswer, TestClient } from '../../auth-server/auth-server.js';
import type { Members } from '../../auth-server/people.js';
import { readAnswer } from './answers.js';
import { type IdToken, validIdToken } from './id-token.js';
import type { ClientKey } from './client-key.js';
import { requestToken } from './token-request.js';
import { newPerson, type Person } from './person.js';
import { accepted } from './expectations.js';
import type { Plan } from './plan.js';
import { type Manner, type Outcome, type Visit, walk } from './visit.js';

type Metadata = Readonly<Record<string, unknown>>;

/** A client, a person, and the browser in which the person is signed in. */
export class RelyingParty {
  /** Of PKCE. */
  private readonly verifier = newSecret();

  private constructor(
    readonly plan: Plan,
    readonly client: TestClient,
    readonly metadata: Metadata,
    readonly person: Person,
    readonly browser: Browser,
    public key: ClientKey | undefined,
  ) {}

  /**
   * @param metadata with the first redirect URI at least
   * @param key what the client authenticates with where that is private_key_jwt
   */
  static async of(
    plan: Plan,
    client: TestClient,
    metadata: Metadata,
    key?: ClientKey,
  ): Promise<RelyingParty> {
    const person = await newPerson(plan.server);
    const browser = new Browser();
    const secret = await plan.server.get(SessionsService).create(person.id, ['pwd']);
    await browser.jar.setCookie(`gh_as_session=${secret}; Path=/; HttpOnly`, plan.server.url);
    return new RelyingParty(plan, client, metadata, person, browser, key);
  }

  get redirectUri(): string {
    return (this.metadata.redirect_uris as string[])[0]!;
  }

  /** The parameters of a good request, changed; what is undefined is left out. */
  request(members: Members = {}): Record<string, string> {
    const { responseType, responseMode } = this.plan.variant;
    const all: Members = {
      response_type: responseType,
      response_mode: responseMode,
      client_id: this.client.clientId,
      redirect_uri: this.redirectUri,
      scope: 'openid',
      state: newSecret(),
      nonce: newSecret(),
      ...(this.pkce ? { code_challenge: s256Challenge(this.verifier), code_challenge_method: 'S256' } : {}),
      ...members,
    };
    return Object.fromEntries(
      Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
  }

  /** Sends the browser to the authorization endpoint; the person does what each page asks for. */
  async visit(members: Members = {}, { browser = this.browser, order }: Manner = {}): Promise<Visit> {
    const named = Object.entries(this.request(members));
    return this.go(Object.fromEntries(order === 'reversed' ? named.reverse() : named), browser);
  }

  /** As `visit`, with these parameters alone. */
  async go(members: Members, browser = this.browser): Promise<Visit> {
    const request = members as Record<string, string>;
    const url = `${this.plan.server.url}/oauth2/authorize?${new URLSearchParams(request).toString()}`;
    const page = await browser.open(url, this.navigation);
    return this.arrived(request, page, browser);
  }

  /** The same by POST (OpenID Connect Core §3.1.2.1). */
  async visitByPost(): Promise<Visit> {
    const { browser } = this;
    const request = this.request();
    const action = `${this.plan.server.url}/oauth2/authorize`;
    const form = { action, method: 'POST' as const, fields: request, types: {}, buttons: [] };
    return this.arrived(request, await browser.submit(form, {}, this.navigation), browser);
  }

  /** The whole way to the tokens; each thing that comes is checked. */
  async complete(members: Members = {}, manner: Manner = {}): Promise<Outcome> {
    return this.finish(await this.visit(members, manner));
  }

  /** @param more what the token request has besides */
  async finish(visit: Visit, more: Members = {}): Promise<Outcome> {
    const answer = accepted(this.plan, visit);
    const { code, access_token: accessToken, id_token: idToken } = answer.members;
    const { nonce } = visit.request;
    const first = idToken && (await this.validate(idToken, { nonce, code, accessToken }));
    const none = { code, refreshToken: undefined, claims: first || undefined };
    if (code === undefined) return { ...visit, answer, accessToken, idToken, ...none };
    const { status, body } = await this.redeem(code, { redirect_uri: visit.request.redirect_uri, ...more });
    expect([status, String(body.token_type).toLowerCase()]).toEqual([200, 'bearer']);
    const given = body as Record<'access_token' | 'refresh_token' | 'id_token', string>;
    const claims = await this.validate(given.id_token, { nonce });
    if (first) expect(claims).toMatchObject({ iss: first.iss, sub: first.sub });
    const { access_token: token, refresh_token: refreshToken } = given;
    return { ...visit, answer, code, accessToken: token, refreshToken, idToken: given.id_token, claims };
  }

  redeem(code: string, more: Members = {}): Promise<HttpAnswer> {
    const verifier = this.pkce ? { code_verifier: this.verifier } : {};
    const form = { grant_type: 'authorization_code', code, redirect_uri: this.redirectUri };
    return this.token({ ...form, ...verifier, ...more });
  }

  refresh(token: string | undefined): Promise<HttpAnswer> {
    return this.token({ grant_type: 'refresh_token', refresh_token: token });
  }

  token(form: Members): Promise<HttpAnswer> {
    return requestToken(this, form);
  }

  async validate(
    token: string,
    expected: { nonce?: string | undefined; code?: string | undefined; accessToken?: string | undefined },
  ): Promise<IdToken> {
    return validIdToken(token, {
      jwks: await this.plan.jwks(),
      issuer: this.plan.issuer,
      audience: this.client.clientId,
      algorithm: (this.metadata.id_token_signed_response_alg as string | undefined) ?? 'RS256',
      nonce: expected.nonce,
      ...expected,
    });
  }

  private async arrived(request: Record<string, string>, start: Page, browser: Browser): Promise<Visit> {
    const { page, shown } = await walk(browser, start, this.person, this.redirectUri);
    return { request, page, shown, answer: readAnswer(page, this.redirectUri) };
  }

  private get pkce(): boolean {
    return this.metadata.require_pkce !== false && this.plan.has('code');
  }

  private get navigation() {
    return { stopAt: this.redirectUri, most: 3 };
  }
}
