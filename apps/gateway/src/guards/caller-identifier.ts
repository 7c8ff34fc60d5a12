import { DiscoveryService } from '@nestjs/core';
import type { Caller } from './route-guard.js';

/** Completes what the guards of a route found out about who calls, once for each call that they let through. */
export interface CallerIdentifier {
  /** Must neither wait nor look outside this process. @throws Problem when the caller is not to be let in after all */
  identify(caller: Caller): Caller;
}

/** Makes a provider of any module a `CallerIdentifier`; the argument names it. */
export const IdentifiesCallers = DiscoveryService.createDecorator<string>();
