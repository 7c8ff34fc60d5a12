import { DiscoveryService } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';

/** Who calls, as a guard found out. What is known is told to the upstream in `x-gatehouse-*` headers. */
export interface Caller {
  readonly subject?: string;
  readonly clientId?: string;
  readonly scopes?: readonly string[];
  readonly name?: string;
  readonly email?: string;
  readonly username?: string;
}

/**
 * One way to decide who may call a route. Make it known by `@RouteGuardType('…')` on a provider of any module; a
 * route then names it in its `guards`. The built-in ones use the same door.
 */
export interface RouteGuard<Settings = unknown> {
  /** Checks what a route's guard says besides `type`, when the route is written and when it is loaded. */
  readonly settings: z.ZodType<Settings>;
  /**
   * @returns what it found out about the caller
   * @throws Problem when the call is refused, or `RedirectAnswer` to send a browser elsewhere
   */
  check(request: FastifyRequest, settings: Settings): Promise<Caller>;
}

/** Marks a `RouteGuard`; the argument is the `type` by which routes name it. */
export const RouteGuardType = DiscoveryService.createDecorator<string>();

/** Thrown by a guard that sends the browser elsewhere. */
export class RedirectAnswer extends Error {
  constructor(
    readonly location: string,
    readonly cookies: readonly string[] = [],
  ) {
    super(`redirect to ${location}`);
    this.name = 'RedirectAnswer';
  }
}
