import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

/** Says in the log, once a day and process, which client still takes tokens out of the browser's address bar. */
@Injectable()
export class ImplicitWarning {
  private readonly logger = new Logger('Implicit');
  private readonly warned = new LRUCache<string, true>({ max: 1_000, ttl: 86_400_000 });

  warn(clientId: string): void {
    if (this.warned.has(clientId)) return;
    this.warned.set(clientId, true);
    this.logger.warn(
      `The client ${clientId} uses the implicit flow, which is for migration only (RFC 9700 section 2.1.2): move it to response_type=code`,
    );
  }
}
