import { OAuthError } from '@gatehouse/http';
import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Audit } from '../audit/audit.service.js';
import type { Agreement } from '../authorize/response-types/response-type.js';
import type { Client } from '../clients/client.entity.js';

/** How often the log reminds of a client that still uses it. */
const REMIND_MS = 3_600_000;
const REMINDED_CLIENTS = 1_000;

/** Who may take tokens out of the address bar, and who still does. */
@Injectable()
export class ImplicitUse {
  private readonly logger = new Logger('Implicit');
  private readonly reminded = new LRUCache<string, true>({ max: REMINDED_CLIENTS, ttl: REMIND_MS });

  constructor(private readonly audit: Audit) {}

  /** @throws OAuthError unauthorized_client: whoever registers itself is not on its way from anywhere */
  check({ origin }: Client): void {
    if (origin === 'admin' || origin === 'seed') return;
    throw new OAuthError(
      'unauthorized_client',
      'The implicit flow is for clients that an administrator allows it',
    );
  }

  remind({ client: { clientId }, session: { userId }, address }: Agreement): void {
    this.audit.record({ type: 'implicit.used', clientId, userId, address });
    if (this.reminded.has(clientId)) return;
    this.reminded.set(clientId, true);
    this.logger.warn(
      `The client ${clientId} uses the implicit flow, which puts tokens into addresses; docs/migration.md shows the way out`,
    );
  }
}
