import { Store } from '@gatehouse/store';
import { type Hash, hashOf, matchesHash, newSecret } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { AuthorizationRequest } from '../authorize/authorization-request.js';

const LIFETIME_S = 600;

/** An authorization request that waits for a person. */
export interface Interaction {
  readonly request: AuthorizationRequest;
  /** Hash of the secret of the browser that began it. */
  readonly browser: Hash;
  /** Hash of the secret of the login session that began on its page. No clocks are compared: replicas have several. */
  readonly login?: Hash;
}

/**
 * Keeps authorization requests while a person answers them. Each belongs to the browser that began it: a link to it,
 * sent to somebody else, is of no use (hydra#770, consent fixation).
 */
@Injectable()
export class InteractionsService {
  constructor(@Inject(Store) private readonly store: Store) {}

  async begin(request: AuthorizationRequest, browser: string): Promise<string> {
    const id = newSecret();
    const interaction: Interaction = { request, browser: hashOf(browser) };
    await this.store.set(keyOf(id), JSON.stringify(interaction), LIFETIME_S);
    return id;
  }

  /** The interaction, whoever's it is: ask `isOf` before it is shown. */
  async find(id: string): Promise<Interaction | undefined> {
    const found = await this.store.get(keyOf(id));
    return found === undefined ? undefined : (JSON.parse(found) as Interaction);
  }

  isOf(interaction: Interaction, browser: string): boolean {
    return matchesHash(browser, interaction.browser);
  }

  /** Notes that the person signed in on its page. */
  async signedIn(id: string, interaction: Interaction, session: string): Promise<void> {
    await this.store.exchange(keyOf(id), JSON.stringify({ ...interaction, login: hashOf(session) }));
  }

  /** Ends it: true for exactly one of several answers sent at once. */
  async finish(id: string): Promise<boolean> {
    return (await this.store.take(keyOf(id))) !== undefined;
  }
}

function keyOf(id: string): string {
  return `interaction:${hashOf(id)}`;
}
