import { DiscoveryService } from '@nestjs/core';
import type { z } from 'zod';
import type { AuthorizationDetail } from '../authorize/authorization-details.js';

/**
 * One type of `authorization_details` (RFC 9396 §2.1). Put `@AuthorizationDetailsType('…')` on a provider of any
 * module: clients may then be registered for the type, and discovery names it. Types can also be registered by the
 * admin API, with a JSON Schema.
 */
export interface AuthorizationDetailsHandler {
  /** Checks a whole detail, its `type` included. Refuse members you do not know (RFC 9396 §5). */
  readonly schema: z.ZodType;
  /** The heading of such a detail at consent. */
  readonly title: string;
  /** What the detail says, a line each: nothing that matters may be left out. Default: every member and its value. */
  describe?(detail: AuthorizationDetail): readonly string[];
  /** Whether what was granted includes what is asked for now. Default: the same, but for shorter lists. */
  covers?(granted: AuthorizationDetail, asked: AuthorizationDetail): boolean;
}

/** Marks an `AuthorizationDetailsHandler`; the argument is the value of `type`. */
export const AuthorizationDetailsType = DiscoveryService.createDecorator<string>();
