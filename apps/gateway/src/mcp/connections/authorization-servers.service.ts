import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { findAuthorizationServer, type UsableServer } from './find-authorization-server.js';
import { OAuthRequests } from './oauth-requests.service.js';

const REMEMBERED = 200;
const REMEMBERED_MS = 600_000;

/** The authorization servers of MCP servers, as their metadata tell. */
@Injectable()
export class AuthorizationServers {
  private readonly known = new LRUCache<string, Promise<UsableServer>>({
    max: REMEMBERED,
    ttl: REMEMBERED_MS,
  });

  constructor(private readonly requests: OAuthRequests) {}

  /** @throws ConnectionFault */
  of(issuer: string): Promise<UsableServer> {
    const known = this.known.get(issuer);
    if (known) return known;
    const asking = findAuthorizationServer(issuer, this.requests);
    this.known.set(issuer, asking);
    asking.catch(() => this.known.delete(issuer));
    return asking;
  }
}
