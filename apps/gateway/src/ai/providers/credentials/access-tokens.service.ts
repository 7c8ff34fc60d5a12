import { GuardedFetch, GuardedFetchError } from '@gatehouse/guarded-fetch';
import { hashOf } from '@gatehouse/token';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { CONFIG, type Config } from '../../../config.js';
import { CredentialError } from '../ai-provider.js';

/** How a token is asked for (RFC 6749 §4). */
export interface TokenRequest {
  readonly endpoint: string;
  readonly form: Readonly<Record<string, string>>;
}

interface Kept {
  readonly token: string;
  /** Epoch milliseconds from which another one is wanted, and from which this one is of no use. */
  readonly staleAt: number;
  readonly expiresAt: number;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 65_536;
const MAX_TOKENS = 1_000;
/** Clocks differ, and a call takes its time. */
const UNUSABLE_BEFORE_MS = 60_000;
/** Of its lifetime, after which it is renewed while calls go on with it. */
const STALE_AFTER = 0.75;

/** What is wrong with who asks, or with what he asks for (RFC 6749 §5.2): asking again changes nothing. */
const REFUSED = new Set([400, 401, 403]);

const granted = z.looseObject({
  access_token: z
    .string()
    .max(16_384)
    .regex(/^[\x21-\x7E]+$/),
  expires_in: z.coerce.number().min(1).max(86_400).default(3_600),
});

/** Access tokens that providers take in place of keys: each is got once, and renewed before it expires. */
@Injectable()
export class AccessTokens implements OnApplicationShutdown {
  private readonly kept = new LRUCache<string, Kept>({ max: MAX_TOKENS });
  private readonly pending = new Map<string, Promise<Kept>>();
  private readonly fetch: GuardedFetch;

  constructor(@Inject(CONFIG) { allowPrivateAddresses }: Config) {
    this.fetch = new GuardedFetch({ allowPrivateAddresses });
  }

  /**
   * @param holder what the token depends on: the key, and whatever else. It is kept as a hash
   * @param ask made when there is no token that is good for a while
   * @throws CredentialError
   */
  async of(holder: string, ask: () => Promise<TokenRequest>): Promise<string> {
    const id = hashOf(holder);
    const now = Date.now();
    const kept = this.kept.get(id);
    if (!kept || kept.expiresAt <= now) return (await this.renewed(id, ask)).token;
    // Calls go on with the old one; where it cannot be renewed, those after its end are told so.
    if (kept.staleAt <= now) this.renewed(id, ask).catch(() => undefined);
    return kept.token;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.fetch.close();
  }

  /** Asked for once, however many calls wait for it. */
  private renewed(id: string, ask: () => Promise<TokenRequest>): Promise<Kept> {
    const running = this.pending.get(id);
    if (running) return running;
    const asking = this.ask(ask).then((kept) => {
      this.kept.set(id, kept);
      return kept;
    });
    this.pending.set(id, asking);
    const over = () => this.pending.delete(id);
    asking.then(over, over);
    return asking;
  }

  private async ask(ask: () => Promise<TokenRequest>): Promise<Kept> {
    const { endpoint, form } = await ask();
    const { token, lifetimeMs, from } = await this.grant(endpoint, form);
    return {
      token,
      staleAt: from + lifetimeMs * STALE_AFTER,
      expiresAt: from + Math.max(lifetimeMs / 2, lifetimeMs - UNUSABLE_BEFORE_MS),
    };
  }

  private async grant(endpoint: string, form: TokenRequest['form']) {
    const from = Date.now();
    try {
      const answer = await this.fetch.fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
        accept: ['application/json'],
        statuses: [200, ...REFUSED],
        maxBytes: MAX_ANSWER,
        timeoutMs: TIMEOUT_MS,
      });
      if (answer.status !== 200) {
        throw new CredentialError('key', `The token endpoint does not take the key: ${answer.status}`);
      }
      const { access_token: token, expires_in: seconds } = granted.parse(answer.json());
      return { token, lifetimeMs: seconds * 1_000, from };
    } catch (error) {
      if (error instanceof CredentialError) throw error;
      const reason = error instanceof GuardedFetchError ? error.reason : 'It answered no access token';
      throw new CredentialError('provider', `The token endpoint failed: ${reason}`);
    }
  }
}
