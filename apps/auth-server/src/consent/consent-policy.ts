import { DiscoveryService } from '@nestjs/core';
import type { Client } from '../clients/client.entity.js';
import type { AuthorizationDetail } from '../authorize/authorization-details.js';

/** What a client asks a person for. */
export interface ConsentQuestion {
  readonly client: Client;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  /** Claims that are asked for by name (OpenID Connect Core §5.5). */
  readonly claims: readonly string[];
  /** RFC 9396. */
  readonly authorizationDetails: readonly AuthorizationDetail[];
  /** Whether this person has allowed this client all of it before. */
  readonly remembered: boolean;
}

/** Ask the person, give it without asking, or refuse it whatever they say; undefined: as if there were no policy. */
export type ConsentDecision = 'ask' | 'skip' | 'refuse' | undefined;

/**
 * Decides whether consent is needed, and whether it is possible at all. Make it known by `@ConsentPolicy()` on a
 * provider of any module. All policies are asked, and the strictest wins: refuse, then ask, then skip.
 */
export interface ConsentDecider {
  decide(question: ConsentQuestion): ConsentDecision | Promise<ConsentDecision>;
}

/** Marks a `ConsentDecider`. */
export const ConsentPolicy = DiscoveryService.createDecorator();
