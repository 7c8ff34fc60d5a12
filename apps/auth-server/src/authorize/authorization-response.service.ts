import { OAuthError } from '@gatehouse/http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Audit } from '../audit/audit.service.js';
import { CONFIG, type Config } from '../config.js';
import { GrantsService } from '../grants/grants.service.js';
import type { LoginSession } from '../sessions/sessions.service.js';
import { AuthorizationCodes } from '../token/authorization-codes.service.js';
import type { AuthorizationRequest, ReturnAddress } from './authorization-request.js';

/** Makes the URL that takes the answer to the client (RFC 6749 §4.1.2), with `iss` in each (RFC 9207). */
@Injectable()
export class AuthorizationResponse {
  private readonly logger = new Logger(AuthorizationResponse.name);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly grants: GrantsService,
    private readonly codes: AuthorizationCodes,
    private readonly audit: Audit,
  ) {}

  /** The user agreed: stores the grant, and sends a code for it. */
  async granted(request: AuthorizationRequest, session: LoginSession): Promise<string> {
    const { clientId, redirectUri, redirectUriGiven, scopes, resources, codeChallenge, nonce } = request;
    const { userId, authTime, amr } = session;
    const grant = await this.grants.create({
      clientId,
      userId,
      scopes: [...scopes],
      resources: [...resources],
      authTime: new Date(authTime * 1000),
    });
    const code = await this.codes.issue({
      grantId: grant.id,
      clientId,
      redirectUri,
      redirectUriGiven,
      codeChallenge,
      userId,
      scopes,
      resources,
      nonce,
      authTime,
      amr,
    });
    this.audit.record({ type: 'grant.created', clientId, userId, detail: { grant: grant.id, scopes } });
    return this.location(request, { code });
  }

  /**
   * RFC 6749 §4.1.2.1. What nobody meant to throw is logged, and told as server_error or temporarily_unavailable: a
   * redirect has no status 500.
   */
  refused(address: ReturnAddress, thrown: unknown): string {
    const error = thrown instanceof OAuthError ? thrown : this.failure(thrown);
    return this.location(address, { error: error.code, error_description: error.description });
  }

  private failure(thrown: unknown): OAuthError {
    this.logger.error(thrown);
    return (thrown as Error | null)?.name === 'StoreUnavailableError'
      ? new OAuthError('temporarily_unavailable', 'A store that the server needs does not answer')
      : new OAuthError('server_error', 'The server failed');
  }

  private location({ redirectUri, state }: ReturnAddress, answer: Record<string, string>): string {
    const members = new URLSearchParams({
      ...answer,
      ...(state === undefined ? {} : { state }),
      iss: this.config.issuer,
    });
    // Appended as text: the registered URI, its own query included, stays as it is (RFC 6749 §3.1.2).
    return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${members.toString()}`;
  }
}
