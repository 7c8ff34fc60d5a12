import { type ClientCredentials, invalidClient, readClientCredentials } from '@gatehouse/client';
import { type Limit, StoreThrottlerStorage, tooManyRequests } from '@gatehouse/throttling';
import { matchesHash } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { Audit } from '../audit/audit.service.js';
import { FAILURES_OF_ADDRESS, FAILURES_OF_CLIENT } from '../throttling/limits.js';
import type { Client } from './client.entity.js';
import { ClientsService } from './clients.service.js';

/** Authenticates the client at the token, introspection and revocation endpoints (RFC 6749 §2.3). */
@Injectable()
export class ClientAuthentication {
  constructor(
    private readonly clients: ClientsService,
    private readonly limits: StoreThrottlerStorage,
    private readonly audit: Audit,
  ) {}

  /**
   * @param address of the caller: guesses are counted by it
   * @throws OAuthError invalid_client; Problem 429 after too many failures
   */
  async authenticate(
    authorization: string | undefined,
    body: Readonly<Record<string, string | undefined>>,
    address: string,
  ): Promise<Client> {
    const credentials = readClientCredentials(authorization, body);
    const client = await this.clients.find(credentials.clientId);
    if (client && proves(client, credentials)) return client;
    await this.countFailure(credentials.clientId, address);
    this.audit.record({
      type: 'client.authentication_failed',
      clientId: credentials.clientId.slice(0, 200),
      address,
    });
    // RFC 6749 §5.2; which of id, method or secret was wrong is not told.
    throw invalidClient('Client authentication failed', credentials.method === 'client_secret_basic');
  }

  /** Successes are not counted here, so that a client under attack from elsewhere is not locked out. */
  private async countFailure(clientId: string, address: string): Promise<void> {
    const limits: Limit[] = [
      { ...FAILURES_OF_CLIENT, key: `{failed-client}:${address}:${clientId.slice(0, 200)}` },
      { ...FAILURES_OF_ADDRESS, key: `{failed-client}:${address}` },
    ];
    const { refusedBy } = await this.limits.consume(limits);
    if (refusedBy) throw tooManyRequests(refusedBy);
  }
}

function proves(client: Client, credentials: ClientCredentials): boolean {
  if (credentials.method === 'none') return client.secretHash === null;
  // A secret proves the same in a header and in the body (RFC 6749 §2.3.1), and client libraries differ in where they
  // put it; so either is taken, whichever of the two is registered.
  return client.secretHash !== null && matchesHash(credentials.secret, client.secretHash);
}
