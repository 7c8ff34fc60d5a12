import type { Page } from '@gatehouse/pages';
import { DiscoveryService } from '@nestjs/core';
import type { ReturnAddress } from '../authorization-request.js';

/** The members of an authorization response, by name (RFC 6749 §4.1.2). */
export type AnswerMembers = Readonly<Record<string, string>>;

/** How an answer reaches the client: by redirect, or by a page that posts it there. */
export type Delivery = { readonly location: string } | { readonly page: Page };

/**
 * One way to carry answers to the client. Put `@ResponseMode('…')` on a provider of any module: requests may then ask
 * for it, and discovery names it.
 */
export interface ResponseModeHandler {
  /** Whether the answer goes by the query, which is kept in logs and histories: then it never carries tokens. */
  readonly byQuery: boolean;
  deliver(address: ReturnAddress, members: AnswerMembers): Delivery | Promise<Delivery>;
}

/** Marks a `ResponseModeHandler`; the argument is the value of `response_mode`. */
export const ResponseMode = DiscoveryService.createDecorator<string>();
