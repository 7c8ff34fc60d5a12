import type { FieldFault } from '@gatehouse/http';
import { DiscoveryService } from '@nestjs/core';
import type { z } from 'zod';
import type { Configuration } from '../configuration/config-kind.js';
import type { IncomingCall } from '../calls/incoming-call.js';

/** Who calls, as a guard found out. What is known is told to the upstream in `x-gatehouse-*` headers. */
export interface Caller {
  readonly subject?: string;
  readonly clientId?: string;
  /**
   * Who says so, by the name of the configuration: `gatehouse` is our auth-server, `login:<name>` the provider of a login
   * client. Subjects and clients of two issuers may have the same name.
   */
  readonly issuer?: string;
  readonly scopes?: readonly string[];
  /** AI models that may be called. Left out: whichever the route allows. */
  readonly models?: readonly string[];
  readonly name?: string;
  readonly email?: string;
  readonly username?: string;
  /** The consumer that is registered at the gateway, by name. */
  readonly consumer?: string;
  /** The credential of the consumer that the call came with, by name. */
  readonly credential?: string;
  /** The team that a key was made for, by name: of the teams of its owner, calls with it are of this one alone. */
  readonly team?: string;
  /** The plan that the consumer or the credential is on, by name. */
  readonly plan?: string;
  /** The subject of a certificate that no consumer is registered for. It is who calls where no guard knows better. */
  readonly certificate?: string;
  /** Everything else that is known of the caller: the claims of the token, say. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The access token that the call came with, where there was one: for token exchange, never for upstreams. */
  readonly token?: string;
}

/** Nobody has found out anything yet. */
export const NOBODY: Caller = Object.freeze({});

/** Parts of a request that are for the gateway alone. */
export interface Consumed {
  /** Names of header fields, in lower case. */
  readonly headers?: readonly string[];
  /** Names of query parameters, decoded. */
  readonly query?: readonly string[];
}

/**
 * One way to decide who may call a route. Make it known by `@RouteGuardType('…')` on a provider of any module; a
 * route then names it in its `guards`. The built-in ones use the same door.
 */
export interface RouteGuard<Settings = unknown> {
  /** Checks what a route's guard says besides `type`, when the route is written and when it is loaded. */
  readonly settings: z.ZodType<Settings>;
  /** Whether it may find out who calls. Left out: it may. */
  readonly identifies?: boolean;
  /**
   * @param soFar what the guards before it, which must agree, too, have found out about the caller
   * @returns what it found out about the caller itself; a guard that need not wait makes no promise
   * @throws Problem when the call is refused, or `RedirectAnswer` to send a browser elsewhere
   */
  check(call: IncomingCall, settings: Settings, soFar: Caller): Promise<Caller> | Caller;
  /**
   * What the schema cannot see: objects of the configuration that are named and do not exist.
   * @param anybody whether a guard before it may have found out who calls
   */
  faults?(settings: Settings, configuration: Configuration, anybody: boolean): FieldFault[];
  /** What of the request is not forwarded, as it was for this guard. Left out: the Authorization header. */
  consumes?(settings: Settings): Consumed;
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
