import { invalidClient } from '@gatehouse/client';
import type { Parameters } from '@gatehouse/http';
import { addressGroup, type Limit, StoreThrottlerStorage, tooManyRequests } from '@gatehouse/throttling';
import { InvalidTokenError } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Audit } from '../audit/audit.service.js';
import { ClientCertificates } from '../mtls/client-certificate.js';
import { FAILURES_OF_ADDRESS, FAILURES_OF_CLIENT } from '../throttling/limits.js';
import type { ClientAuthenticationRequest } from './authentication/client-authenticator.js';
import { type ClientClaim, ClientAuthenticators } from './authentication/client-authenticators.service.js';
import type { Client } from './client.entity.js';
import { ClientsService } from './clients.service.js';

/** Authenticates the client wherever one calls this server itself (RFC 6749 §2.3). */
@Injectable()
export class ClientAuthentication {
  constructor(
    private readonly clients: ClientsService,
    private readonly authenticators: ClientAuthenticators,
    private readonly certificates: ClientCertificates,
    private readonly limits: StoreThrottlerStorage,
    private readonly audit: Audit,
  ) {}

  /** The client that sent an HTTP request. @throws as `authenticate` */
  authenticateCaller(request: FastifyRequest, parameters: Parameters['single']): Promise<Client> {
    const { authorization } = request.headers;
    const certificate = this.certificates.certificateOf(request);
    const path = request.routeOptions.url;
    return this.authenticate({ authorization, parameters, address: request.ip, certificate, path });
  }

  /** @throws OAuthError invalid_client, invalid_request; Problem 429 after too many failures */
  async authenticate(request: ClientAuthenticationRequest): Promise<Client> {
    const claim = this.authenticators.read(request);
    const client = await this.clients.find(claim.clientId);
    const reason = client ? await this.refusal(client, claim, request) : 'There is no such client';
    if (client && reason === undefined) return client;
    await this.countFailure(claim.clientId, request.address);
    this.audit.record({
      type: 'client.authentication_failed',
      clientId: claim.clientId.slice(0, 200),
      address: request.address,
      detail: { method: claim.method ?? null, reason },
    });
    // RFC 6749 §5.2; which of id, method or secret was wrong is not told.
    throw invalidClient('Client authentication failed', request.authorization !== undefined);
  }

  /** Why the request does not prove that it is the client; for the audit log only. */
  private async refusal(
    client: Client,
    claim: ClientClaim,
    request: ClientAuthenticationRequest,
  ): Promise<string | undefined> {
    try {
      const proven = await this.authenticators.proves(client, claim, request);
      return proven ? undefined : 'The proof is not the one registered';
    } catch (error) {
      if (error instanceof InvalidTokenError) return error.reason;
      throw error;
    }
  }

  /** Successes are not counted here, so that a client under attack from elsewhere is not locked out. */
  private async countFailure(clientId: string, address: string): Promise<void> {
    const group = addressGroup(address);
    const limits: Limit[] = [
      { ...FAILURES_OF_CLIENT, key: `{failed-client}:${group}:${clientId.slice(0, 200)}` },
      { ...FAILURES_OF_ADDRESS, key: `{failed-client}:${group}` },
    ];
    const { refusedBy } = await this.limits.consume(limits);
    if (refusedBy) throw tooManyRequests(refusedBy);
  }
}
