import { newSecret, s256Challenge } from '@gatehouse/token';
import type { Answer as HttpAnswer } from '../../auth-server/auth-server.js';
import { ISSUER } from '../../auth-server/auth-server.js';
import {
  newProofKey,
  type ProofChanges,
  type ProofKey,
  proofFor,
  proofOf,
} from '../../auth-server/dpop-proofs.js';
import type { Members } from '../../auth-server/people.js';
import { clientAssertion, type ClientKey, newClientKey } from './client-key.js';
import { certificate, CERTIFICATE_METADATA } from './fapi2-certificate.js';
import type { Plan } from './plan.js';
import { RelyingParty } from './relying-party.js';
import type { Visit } from './visit.js';

type Metadata = Readonly<Record<string, unknown>>;

/** Changes to what proves the client's identity. */
export interface Proofs {
  /** Of the client assertion's claims; `none` leaves it out. */
  readonly assertion?: object | 'none';
  readonly key?: ClientKey;
  /** Of the DPoP proof; `none` leaves it out. */
  readonly dpop?: ProofChanges | 'none';
  readonly proofKey?: ProofKey;
}

let registered = 0;

/** A client of the FAPI 2.0 Security Profile: private_key_jwt and DPoP, or a certificate for both. */
export class Fapi2Client {
  readonly verifier = newSecret();

  private constructor(
    readonly rp: RelyingParty,
    readonly key: ClientKey,
    readonly proofKey: ProofKey,
  ) {}

  static async register(plan: Plan, metadata: Metadata = {}): Promise<Fapi2Client> {
    const key = await newClientKey('PS256');
    const all = {
      profile: 'fapi2',
      redirect_uris: [`https://fapi-${(registered += 1)}.test/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid profile email offline_access',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'PS256',
      id_token_signed_response_alg: 'PS256',
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
      jwks: { keys: [key.jwk] },
      ...(plan.variant.sender === 'mtls' ? CERTIFICATE_METADATA : {}),
      ...metadata,
    };
    const rp = await RelyingParty.of(plan, await plan.server.client(all), all, key);
    return new Fapi2Client(rp, key, await newProofKey());
  }

  get clientId(): string {
    return this.rp.client.clientId;
  }

  private get mtls(): boolean {
    return this.rp.plan.variant.sender === 'mtls';
  }

  /** The parameters of a good request, changed. */
  request(members: Members = {}): Members {
    return {
      ...this.rp.request(),
      code_challenge: s256Challenge(this.verifier),
      code_challenge_method: 'S256',
      ...members,
    };
  }

  /** RFC 9126 §2.1. */
  push(members: Members = {}, proofs: Proofs = { dpop: 'none' }): Promise<HttpAnswer> {
    return this.post('/oauth2/par', this.request(members), { dpop: 'none', ...proofs });
  }

  /** Pushes a request that must be taken. @returns its request_uri */
  async pushed(members: Members = {}, proofs?: Proofs): Promise<string> {
    const { status, body } = await this.push(members, proofs);
    expect({ status, ...body }).toMatchObject({ status: 201 });
    expect(body.expires_in).toBeLessThan(600);
    return body.request_uri as string;
  }

  /** Takes the browser to the authorization endpoint with client_id and request_uri alone. */
  visit(requestUri: string, browser = this.rp.browser, more: Members = {}): Promise<Visit> {
    return this.rp.go({ client_id: this.clientId, request_uri: requestUri, ...more }, browser);
  }

  /** A code for a request; whatever answers is checked. */
  async code(members: Members = {}, proofs?: Proofs): Promise<string> {
    const { answer, page } = await this.visit(await this.pushed(members, proofs));
    expect({ page: page.text, ...answer?.members }).toMatchObject({ page: '', iss: this.rp.plan.issuer });
    const { state } = this.request(members);
    if (members.state !== undefined) expect(answer!.members.state).toBe(state);
    return answer!.members.code!;
  }

  redeem(code: string, members: Members = {}, proofs: Proofs = {}): Promise<HttpAnswer> {
    const form = { grant_type: 'authorization_code', code, redirect_uri: this.rp.redirectUri };
    return this.post('/oauth2/token', { ...form, code_verifier: this.verifier, ...members }, proofs);
  }

  refresh(token: unknown, proofs: Proofs = {}): Promise<HttpAnswer> {
    return this.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: String(token) }, proofs);
  }

  /** Tokens of the whole way, each checked. */
  async tokens(members: Members = {}, proofs: Proofs = {}): Promise<Record<string, string>> {
    const { status, body } = await this.redeem(await this.code(members), {}, proofs);
    expect({ status, ...body }).toMatchObject({ status: 200, token_type: this.mtls ? 'Bearer' : 'DPoP' });
    return body as Record<string, string>;
  }

  /** Asks UserInfo, with the token in this scheme. */
  async userinfo(token: string, scheme = 'DPoP', key = this.proofKey): Promise<HttpAnswer> {
    if (this.mtls) {
      const bound = { authorization: `Bearer ${token}`, ...certificate() };
      return this.rp.plan.server.fetch('/userinfo', { headers: bound });
    }
    const headers = { authorization: `${scheme} ${token}`, dpop: await proofFor(key, token, '/userinfo') };
    return this.rp.plan.server.fetch('/userinfo', { headers });
  }

  private async post(path: string, form: Members, proofs: Proofs): Promise<HttpAnswer> {
    const { assertion = {}, key = this.key, dpop = {}, proofKey = this.proofKey } = proofs;
    if (this.mtls) {
      const headers = assertion === 'none' ? {} : certificate();
      return this.rp.plan.server.post(path, { client_id: this.clientId, ...form }, undefined, headers);
    }
    const proof =
      assertion === 'none' ? {} : await clientAssertion(key, this.clientId, this.rp.plan.issuer, assertion);
    const htu = `${ISSUER}${path}`;
    const headers =
      dpop === 'none' ? {} : { dpop: await proofOf(proofKey, { ...dpop, claims: { htu, ...dpop.claims } }) };
    return this.rp.plan.server.post(
      path,
      { ...form, ...proof },
      undefined,
      headers as Record<string, string>,
    );
  }
}
