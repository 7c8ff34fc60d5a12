import { OAuthError } from '@gatehouse/http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Audit } from '../audit/audit.service.js';
import type { Client } from '../clients/client.entity.js';
import { CONFIG, type Config } from '../config.js';
import { GrantsService } from '../grants/grants.service.js';
import { SessionState } from '../sessions/session-state.service.js';
import { type LoginSession, SessionsService } from '../sessions/sessions.service.js';
import type { AuthorizationRequest, ReturnAddress } from './authorization-request.js';
import type { AnswerMembers, Delivery } from './response-modes/response-mode.js';
import { ResponseModes } from './response-modes/response-modes.service.js';
import { ResponseTypes } from './response-types/response-types.service.js';

/** Makes the answer to the client (RFC 6749 §4.1.2), with `iss` in each (RFC 9207). */
@Injectable()
export class AuthorizationResponse {
  private readonly logger = new Logger(AuthorizationResponse.name);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly grants: GrantsService,
    private readonly types: ResponseTypes,
    private readonly modes: ResponseModes,
    private readonly sessions: SessionsService,
    private readonly sessionState: SessionState,
    private readonly audit: Audit,
  ) {}

  /** The user agreed: stores the grant, and sends what was asked for. @param address the browser's, for audit */
  async granted(
    request: AuthorizationRequest,
    client: Client,
    session: LoginSession,
    address: string,
  ): Promise<Delivery> {
    const { clientId, scopes, resources, claims, authorizationDetails } = request;
    const { userId, authTime, amr, sid } = session;
    const grant = await this.grants.create({
      clientId,
      userId,
      scopes: [...scopes],
      resources: [...resources],
      authTime: new Date(authTime * 1000),
      amr: [...amr],
      sessionId: sid,
      claims: claims ?? null,
      authorizationDetails: authorizationDetails.length > 0 ? authorizationDetails : null,
    });
    await this.sessions.noteClient(session, clientId);
    this.audit.record({ type: 'grant.created', clientId, userId, detail: { grant: grant.id, scopes } });
    const answer = await this.types.issue({ request, client, session, grant, address });
    const isOpenId = scopes.includes('openid');
    return this.deliver(request, {
      ...answer,
      ...(isOpenId ? this.sessionState.of(clientId, request.redirectUri, session) : {}),
    });
  }

  /**
   * RFC 6749 §4.1.2.1. What nobody meant to throw is logged, and told as server_error or temporarily_unavailable: a
   * redirect has no status 500.
   */
  async refused(address: ReturnAddress, thrown: unknown): Promise<Delivery> {
    const error = thrown instanceof OAuthError ? thrown : this.failure(thrown);
    return this.deliver(address, { error: error.code, error_description: error.description });
  }

  private failure(thrown: unknown): OAuthError {
    this.logger.error(thrown);
    return (thrown as Error | null)?.name === 'StoreUnavailableError'
      ? new OAuthError('temporarily_unavailable', 'A store that the server needs does not answer')
      : new OAuthError('server_error', 'The server failed');
  }

  private deliver(address: ReturnAddress, members: AnswerMembers): Delivery | Promise<Delivery> {
    const { state } = address;
    return this.modes.deliver(address, {
      ...members,
      ...(state === undefined ? {} : { state }),
      iss: this.config.issuer,
    });
  }
}
