import { isFapi2 } from '@gatehouse/client';
import { OAuthError, type Parameters, readParameters } from '@gatehouse/http';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { Claims } from '../claims/claims.service.js';
import { Subjects } from '../claims/subjects.service.js';
import type { Client } from '../clients/client.entity.js';
import { CONFIG, type Config } from '../config.js';
import { ResourcesService } from '../resources/resources.service.js';
import type { AuthorizationRequest } from './authorization-request.js';
import { DetailsReader } from './authorization-details.js';
import { type ClaimsRequest, readClaims, subjectOf, withoutUnknown } from './claims-request.js';
import { readChallenge } from './code-challenge.js';
import { IdTokenHint } from './id-token-hint.service.js';
import { parsePrompt, type Prompt } from './prompt.js';
import type { OpenedRequest } from './request-opener.service.js';
import { readAcr } from './requested-acr.js';
import { readScopes } from './requested-scopes.js';
import { readLang } from './ui-locales.js';
import { ResponseTypes } from './response-types/response-types.service.js';

const MAX_STATE = 2_048;
const MAX_NONCE = 1_024;
/** More is cut off: it only fills in a field. */
const MAX_LOGIN_HINT = 320;

/** Reads the rest of an authorization request, once it is known where its errors go. */
@Injectable()
export class RequestReader {
  constructor(
    private readonly resources: ResourcesService,
    private readonly idTokenHint: IdTokenHint,
    private readonly claims: Claims,
    private readonly subjects: Subjects,
    private readonly responseTypes: ResponseTypes,
    @Inject(CONFIG) private readonly config: Config,
    @Optional() @Inject(DetailsReader) private readonly details?: DetailsReader,
  ) {}

  /** @throws OAuthError, which goes back to the client */
  async read(opened: OpenedRequest): Promise<AuthorizationRequest> {
    if (opened.fault) throw opened.fault;
    const { client, address } = opened;
    this.checkSource(opened);
    const { single, resource } = readParameters(opened.parameters);
    if (single.registration !== undefined)
      throw new OAuthError('registration_not_supported', 'registration is not supported here');
    const responseTypes = this.responseTypes.read(client, single.response_type);
    checkLength(single, 'state', MAX_STATE);
    checkLength(single, 'nonce', MAX_NONCE);
    const authorizationDetails = await this.readDetails(client, single.authorization_details);
    // RFC 9396 §3: a request may be made of authorization details alone.
    const noDefault = single.scope === undefined && authorizationDetails.length > 0;
    const scopes = noDefault ? [] : readScopes(client, single.scope);
    // OpenID Connect Core §3.1.2.1, FAPI 2.0 Security Profile §5.3.2.2.
    const isRequired = scopes.includes('openid') || isFapi2(client.metadata);
    if (isRequired && single.redirect_uri === undefined)
      throw new OAuthError('invalid_request', 'redirect_uri is required');
    const claims = readClaims(single.claims);
    const request: AuthorizationRequest = {
      ...address,
      state: single.state,
      redirectUriGiven: single.redirect_uri !== undefined,
      responseTypes,
      codeChallenge: readChallenge(client, single, responseTypes.includes('code')),
      nonce: single.nonce,
      prompt: readPrompt(single.prompt),
      maxAge: readMaxAge(single.max_age) ?? client.metadata.default_max_age,
      loginHint: single.login_hint?.slice(0, MAX_LOGIN_HINT),
      lang: readLang(single.ui_locales),
      acr: readAcr(single.acr_values, claims),
      claims: claims && withoutUnknown(claims, new Set(this.claims.names())),
      authorizationDetails,
      dpopJkt: readThumbprint(single.dpop_jkt),
      onlyUser: await this.onlyUser(client, single.id_token_hint, claims),
      ...(await this.resources.resolve(scopes, resource)),
    };
    this.responseTypes.check(request, client);
    return request;
  }

  private async readDetails(client: Client, value: string | undefined) {
    return value === undefined || !this.details ? [] : this.details.read(client, value);
  }

  private async onlyUser(
    client: Client,
    hint: string | undefined,
    claims: ClaimsRequest | undefined,
  ): Promise<string | undefined> {
    const subject = subjectOf(claims);
    // A subject that can be nobody is nobody's id: then nobody may answer.
    const asked = subject === undefined ? undefined : (this.subjects.userIdOf(client, subject) ?? subject);
    if (hint === undefined) return asked;
    const hinted = await this.idTokenHint.read(hint, client.clientId);
    if (asked === undefined || asked === hinted) return hinted;
    throw new OAuthError('invalid_request', 'claims and id_token_hint name two users');
  }

  /** RFC 9126 §5 and §6, RFC 9101 §10.5. */
  private checkSource({ client: { metadata }, pushed, signed }: OpenedRequest): void {
    const mustPush =
      this.config.requirePushedAuthorizationRequests || metadata.require_pushed_authorization_requests;
    if (mustPush && !pushed)
      throw new OAuthError('invalid_request', 'The request must be pushed before (RFC 9126 section 5)');
    if (metadata.require_signed_request_object && !signed)
      throw new OAuthError('invalid_request', 'The request must be signed (RFC 9101 section 10.5)');
  }
}

function checkLength(single: Parameters['single'], name: string, most: number): void {
  if ((single[name]?.length ?? 0) <= most) return;
  throw new OAuthError('invalid_request', `${name} is longer than ${most} characters`);
}

/** RFC 9449 §10: the base64url of a SHA-256. */
function readThumbprint(value: string | undefined): string | undefined {
  if (value === undefined || /^[\w-]{43}$/.test(value)) return value;
  throw new OAuthError('invalid_request', 'dpop_jkt must be a JWK SHA-256 thumbprint (RFC 9449 section 10)');
}

function readPrompt(value: string | undefined): Prompt[] {
  const prompt = parsePrompt(value ?? '');
  if (prompt) return prompt;
  throw new OAuthError('invalid_request', 'prompt must be none, or of login, consent, select_account');
}

function readMaxAge(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value))
    throw new OAuthError('invalid_request', 'max_age must be a number of seconds');
  return Number(value);
}
