import { createHmac } from 'node:crypto';
import { Store } from '@gatehouse/store';
import { deriveKey, equalSecrets, type Hash, hashOf, matchesHash, newSecret } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { AuthorizationRequest } from '../authorize/authorization-request.js';
import { CONFIG, type Config } from '../config.js';

const LIFETIME_S = 600;

/** An authorization request that waits for a person. */
export interface Interaction {
  readonly request: AuthorizationRequest;
  /** Hash of the secret of the browser that began it. */
  readonly browser: Hash;
  /** Epoch milliseconds. */
  readonly begun: number;
}

/**
 * Keeps authorization requests while a person answers them. Each belongs to the browser that began it: a link to it,
 * sent to somebody else, is of no use (hydra#770, consent fixation).
 */
@Injectable()
export class InteractionsService {
  private readonly csrfKey: Buffer;

  constructor(
    @Inject(Store) private readonly store: Store,
    @Inject(CONFIG) config: Config,
  ) {
    this.csrfKey = deriveKey(config.secret, 'forms');
  }

  async begin(request: AuthorizationRequest, browser: string): Promise<string> {
    const id = newSecret();
    const interaction: Interaction = {
      request,
      browser: hashOf(browser),
      begun: Date.now(),
    };
    await this.store.set(keyOf(id), JSON.stringify(interaction), LIFETIME_S);
    return id;
  }

  /** The interaction, if it is this browser's. */
  async find(id: string, browser: string | undefined): Promise<Interaction | undefined> {
    const found = browser === undefined ? undefined : await this.store.get(keyOf(id));
    if (found === undefined) return undefined;
    const interaction = JSON.parse(found) as Interaction;
    return matchesHash(browser!, interaction.browser) ? interaction : undefined;
  }

  /** Ends it: true for exactly one of several answers sent at once. */
  async finish(id: string): Promise<boolean> {
    return (await this.store.take(keyOf(id))) !== undefined;
  }

  /** The value that a form of this interaction must send along. */
  csrfToken(id: string, browser: string): string {
    return createHmac('sha256', this.csrfKey).update(`${id}\n${browser}`).digest('base64url');
  }

  checksCsrf(id: string, browser: string, sent: unknown): boolean {
    return typeof sent === 'string' && equalSecrets(sent, this.csrfToken(id, browser));
  }
}

function keyOf(id: string): string {
  return `interaction:${hashOf(id)}`;
}
