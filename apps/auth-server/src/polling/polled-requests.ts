import type { Store } from '@gatehouse/store';
import { type Hash, hashOf, newSecret } from '@gatehouse/token';
import { POLL } from './poll.script.js';

/** A request that expired is remembered for this long, so that its client can be told so. */
const REMEMBERED_S = 600;

/** What a client asked for, and polls for. */
export interface PolledRequest {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/** What the person said. */
export type PolledAnswer =
  | { readonly allowed: false }
  | {
      readonly allowed: true;
      readonly userId: string;
      /** Epoch seconds. */
      readonly authTime: number;
      readonly amr: readonly string[];
    };

export type Poll =
  | { readonly outcome: 'slow_down' | 'pending' | 'gone' }
  | { readonly outcome: 'answered'; readonly answer: PolledAnswer };

/** Requests that a person answers elsewhere while the client polls (RFC 8628, OpenID CIBA Core). */
export class PolledRequests<Request extends PolledRequest> {
  /** @param kind keeps the kinds of requests apart */
  constructor(
    private readonly store: Store,
    private readonly kind: string,
  ) {}

  /** @returns the secret that the client polls with; only its hash is stored. @param interval in seconds */
  async begin(request: Request, interval: number, secret = newSecret()): Promise<string> {
    const id = hashOf(secret);
    const ttl = request.expiresAt - Math.floor(Date.now() / 1000) + REMEMBERED_S;
    await this.store.set(this.key(id, 'interval'), String(interval), ttl);
    await this.store.set(this.key(id, 'request'), JSON.stringify(request), ttl);
    return secret;
  }

  idOf(secret: string): Hash {
    return hashOf(secret);
  }

  /** The request, expired or not. */
  async find(id: Hash): Promise<Request | undefined> {
    const found = await this.store.get(this.key(id, 'request'));
    return found === undefined ? undefined : (JSON.parse(found) as Request);
  }

  /** True for exactly one of several answers. */
  answer(id: Hash, answer: PolledAnswer): Promise<boolean> {
    return this.store.add(this.key(id, 'answer'), JSON.stringify(answer), REMEMBERED_S);
  }

  async isAnswered(id: Hash): Promise<boolean> {
    return (await this.store.get(this.key(id, 'answer'))) !== undefined;
  }

  /** Of any number of polls exactly one gets the answer. */
  async poll(id: Hash): Promise<Poll> {
    const keys = ['interval', 'recent', 'answer', 'request'].map((part) => this.key(id, part));
    const [outcome, answer] = await this.store.run(POLL, keys, []);
    if (outcome !== 'answered') return { outcome };
    return { outcome, answer: JSON.parse(answer!) as PolledAnswer };
  }

  /** All of one request in one slot of a Cluster. */
  private key(id: Hash, part: string): string {
    return `${this.kind}:{${id}}:${part}`;
  }
}

export function isExpired({ expiresAt }: PolledRequest): boolean {
  return expiresAt <= Date.now() / 1000;
}
