import { hash } from 'node:crypto';
import { Problem } from '@gatehouse/http';
import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../guards/route-guard.js';
import { AuthServerClient, RefusedError } from './auth-server.client.js';
import { OWN_ISSUER } from './issuer-definition.js';

const REMEMBERED = 10_000;
/** Exchanges that may be under way at once. */
const MAX_PENDING = 256;
/** A token is exchanged anew this long before it ends, or at nine tenths of its life if that is later. */
const MARGIN_S = 30;

/** What a token is exchanged for. */
export interface ExchangeTarget {
  readonly audience: string;
  readonly scope: string | undefined;
  /** Whether the gateway is named as the one who acts (RFC 8693 §1.1). */
  readonly delegation: boolean;
}

interface Exchanged {
  readonly token: string;
  readonly until: number;
}

/** Exchanges callers' tokens at the auth-server (RFC 8693): of many calls with one token, one does. */
@Injectable()
export class TokenExchanges {
  private readonly logger = new Logger(TokenExchanges.name);
  private readonly remembered = new LRUCache<string, Exchanged>({ max: REMEMBERED });
  private readonly pending = new Map<string, Promise<string>>();

  constructor(private readonly authServer: AuthServerClient) {}

  /**
   * The same for the token that a call came with.
   * @throws Problem 403 where it came with none, or with one of another issuer
   */
  of({ token, issuer }: Caller, target: ExchangeTarget): Promise<string> | string {
    // A token of anybody else is nothing that our auth-server should see.
    if (token === undefined || issuer !== OWN_ISSUER) {
      throw new Problem(403, 'The API behind this address takes tokens of the auth-server only.');
    }
    return this.exchange(token, target);
  }

  /**
   * A token for the target with what `token` allows there; one that is remembered comes without a promise.
   * @throws Problem 403 when the auth-server refuses, 503 when it does not answer
   */
  exchange(token: string, target: ExchangeTarget): Promise<string> | string {
    const { audience, scope = '', delegation } = target;
    const key = hash('sha256', JSON.stringify([token, audience, scope, delegation]), 'base64');
    const known = this.remembered.get(key);
    if (known && Date.now() < known.until) return known.token;
    const asked = this.pending.get(key);
    if (asked) return asked;
    if (this.pending.size >= MAX_PENDING) throw unavailable();
    const asking = this.ask(key, token, target).finally(() => this.pending.delete(key));
    this.pending.set(key, asking);
    return asking;
  }

  private async ask(key: string, token: string, target: ExchangeTarget): Promise<string> {
    try {
      const { accessToken, lifetime } = await this.authServer.exchange(token, target);
      const margin = Math.min(MARGIN_S, lifetime / 10);
      this.remembered.set(key, { token: accessToken, until: Date.now() + (lifetime - margin) * 1_000 });
      return accessToken;
    } catch (error) {
      this.logger.warn(`A token for ${target.audience} cannot be had: ${(error as Error).message}`);
      if (!(error instanceof RefusedError)) throw unavailable();
      throw new Problem(403, 'The token of this call cannot be exchanged for one of the API behind.');
    }
  }
}

function unavailable(): Problem {
  return new Problem(503, 'The token of this call cannot be exchanged just now.', {
    headers: { 'retry-after': '1' },
  });
}
