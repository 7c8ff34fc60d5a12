import { Browser, type Page } from '../../../examples/demo-flow/src/browser.js';
import { consentForm, loginForm } from '../../../examples/demo-flow/src/sign-in.js';
import { newSecret, s256Challenge } from '@gatehouse/token';
import { SessionsService } from '../../../apps/auth-server/src/sessions/sessions.service.js';
import type { Answer as HttpAnswer, TestClient } from '../../auth-server/auth-server.js';
import { FROM_ITS_PAGE, type Members, PASSWORD } from '../../auth-server/people.js';
import { type Answer, readAnswer } from './answers.js';
import { type IdToken, validIdToken } from './id-token.js';
import { clientAssertion, type ClientKey } from './client-key.js';
import { newPerson, type Person } from './person.js';
import type { Plan } from './plan.js';

/** What the person was shown on the way. */
type Shown = 'login' | 'consent';

/** How a request is made. */
export interface Manner {
  /** Default: the one in which the person is signed in. */
  readonly browser?: Browser;
  /** Of the parameters. */
  readonly order?: 'reversed' | undefined;
}

export interface Visit {
  readonly request: Readonly<Record<string, string>>;
  readonly page: Page;
  readonly shown: readonly Shown[];
  readonly answer: Answer | undefined;
}

/** All that a successful run gave. */
export interface Outcome extends Visit {
  readonly answer: Answer;
  readonly code: string | undefined;
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  readonly claims: IdToken | undefined;
}

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
    return this.walk(request, page, browser);
  }

  /** The same by POST (OpenID Connect Core §3.1.2.1). */
  async visitByPost(): Promise<Visit> {
    const { browser } = this;
    const request = this.request();
    const action = `${this.plan.server.url}/oauth2/authorize`;
    const form = { action, method: 'POST' as const, fields: request, types: {}, buttons: [] };
    return this.walk(request, await browser.submit(form, {}, this.navigation), browser);
  }

  /** The whole way to the tokens; each thing that comes is checked. */
  async complete(members: Members = {}, manner: Manner = {}): Promise<Outcome> {
    return this.finish(await this.visit(members, manner));
  }

  /** @param more what the token request has besides */
  async finish(visit: Visit, more: Members = {}): Promise<Outcome> {
    const answer = this.accepted(visit);
    const { code, access_token: accessToken, id_token: idToken } = answer.members;
    const { nonce } = visit.request;
    const first = idToken && (await this.validate(idToken, { nonce, code, accessToken }));
    if (code === undefined)
      return {
        ...visit,
        answer,
        code,
        accessToken,
        refreshToken: undefined,
        idToken,
        claims: first || undefined,
      };
    const { status, body } = await this.redeem(code, { redirect_uri: visit.request.redirect_uri, ...more });
    expect({ status, ...body }).toMatchObject({
      status: 200,
      token_type: expect.stringMatching(/^Bearer$/i) as string,
    });
    const claims = await this.validate(body.id_token as string, { nonce });
    if (first) expect(claims).toMatchObject({ iss: first.iss, sub: first.sub });
    const { access_token: token, refresh_token: refreshToken } = body as Record<string, string | undefined>;
    return {
      ...visit,
      answer,
      code,
      accessToken: token,
      refreshToken,
      idToken: body.id_token as string,
      claims,
    };
  }

  redeem(code: string, more: Members = {}): Promise<HttpAnswer> {
    const verifier = this.pkce ? { code_verifier: this.verifier } : {};
    const form = { grant_type: 'authorization_code', code, redirect_uri: this.redirectUri };
    return this.token({ ...form, ...verifier, ...more });
  }

  refresh(token: string | undefined): Promise<HttpAnswer> {
    return this.token({ grant_type: 'refresh_token', refresh_token: token });
  }

  /** The token endpoint, with the authentication that the client registered. */
  async token(form: Members): Promise<HttpAnswer> {
    const { plan, client, key } = this;
    const { clientId, secret } = client;
    const method = this.metadata.token_endpoint_auth_method ?? 'client_secret_basic';
    if (method === 'client_secret_basic') return plan.server.post('/oauth2/token', form, client);
    const proof = key
      ? await clientAssertion(key, clientId, plan.issuer)
      : { client_id: clientId, client_secret: secret };
    return plan.server.post('/oauth2/token', { ...proof, ...form });
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

  /** A successful answer: by the right channel, with the request's state and the issuer (RFC 9207). */
  accepted({ answer, request, page }: Visit): Answer {
    if (!answer)
      throw new Error(`No answer came, but ${page.status} at ${page.url}: ${page.text.slice(0, 300)}`);
    const { responseType, responseMode } = this.plan.variant;
    expect(answer.members).not.toHaveProperty('error');
    expect(answer.channel).toBe(responseMode ?? (responseType === 'code' ? 'query' : 'fragment'));
    expect(answer.members).toMatchObject({ iss: this.plan.issuer });
    expect(answer.members.state).toBe(request.state);
    for (const [type, name] of [
      ['code', 'code'],
      ['id_token', 'id_token'],
      ['token', 'access_token'],
    ] as const) {
      expect([type, name in answer.members]).toEqual([type, this.plan.has(type)]);
    }
    return answer;
  }

  private async walk(request: Record<string, string>, start: Page, browser: Browser): Promise<Visit> {
    const shown: Shown[] = [];
    let page = start;
    for (
      let form = loginForm(page) ?? consentForm(page);
      form && shown.length < 3;
      form = loginForm(page) ?? consentForm(page)
    ) {
      const login = form === loginForm(page);
      shown.push(login ? 'login' : 'consent');
      const { username } = this.person;
      const typed: Record<string, string> = login ? { username, password: PASSWORD } : { decision: 'allow' };
      page = await browser.submit(form, typed, { ...this.navigation, headers: FROM_ITS_PAGE });
    }
    return { request, page, shown, answer: readAnswer(page, this.redirectUri) };
  }

  private get pkce(): boolean {
    return this.metadata.require_pkce !== false && this.plan.has('code');
  }

  private get navigation() {
    return { stopAt: this.redirectUri, most: 3 };
  }
}
