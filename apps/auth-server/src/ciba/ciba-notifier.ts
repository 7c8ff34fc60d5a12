import { DiscoveryService } from '@nestjs/core';

/** A person is asked something. */
export interface AuthenticationCall {
  readonly userId: string;
  readonly clientName: string;
  /** Shown at both ends, so that the person sees that they belong together (OpenID CIBA Core §7.1). */
  readonly bindingMessage?: string | undefined;
  /** The page on which they answer. */
  readonly url: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/** Tells a person, by mail or to their phone, say. Put `@CibaNotifier()` on a provider of any module. */
export interface PersonNotifier {
  /** The client does not wait for it; what it throws is logged. */
  notify(call: AuthenticationCall): void | Promise<void>;
}

/** Marks a `PersonNotifier`. */
export const CibaNotifier = DiscoveryService.createDecorator();
