import { Store } from '@gatehouse/store';
import { hashOf, newSecret } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { Source } from '../authorize/authorization-request.js';

/** RFC 9126 §2.2: between 5 and 600 seconds; the way to the browser takes one. */
export const LIFETIME_S = 60;

/** RFC 9126 §2.2. */
const PREFIX = 'urn:ietf:params:oauth:request_uri:';

/** The parameters of a request that its client has sent ahead. */
export interface PushedRequest {
  readonly clientId: string;
  readonly parameters: Source;
  /** Whether they came in a signed request object. */
  readonly signed: boolean;
}

/** Keeps pushed requests: 256 random bits, stored under their hash, good for one use within a minute. */
@Injectable()
export class PushedRequests {
  constructor(@Inject(Store) private readonly store: Store) {}

  /** @returns the request_uri that stands for it */
  async keep(request: PushedRequest): Promise<string> {
    const reference = newSecret();
    await this.store.set(keyOf(reference), JSON.stringify(request), LIFETIME_S);
    return PREFIX + reference;
  }

  names(requestUri: string): boolean {
    return requestUri.startsWith(PREFIX);
  }

  /**
   * The request of this client under this name, to exactly one of many callers. Another client, who saw the name in
   * somebody's address bar, neither gets nor spends it.
   */
  async take(requestUri: string, clientId: string): Promise<PushedRequest | undefined> {
    const key = keyOf(requestUri.slice(PREFIX.length));
    const found = await this.store.get(key);
    if (found === undefined || read(found).clientId !== clientId) return undefined;
    const taken = await this.store.take(key);
    return taken === undefined ? undefined : read(taken);
  }
}

function read(text: string): PushedRequest {
  return JSON.parse(text) as PushedRequest;
}

function keyOf(reference: string): string {
  return `par:${hashOf(reference)}`;
}
