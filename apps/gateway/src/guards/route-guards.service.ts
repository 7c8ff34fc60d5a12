import { faultsOf, type FieldFault, Problem } from '@gatehouse/http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { IncomingCall } from '../calls/incoming-call.js';
import type { Configuration } from '../configuration/config-kind.js';
import { type CallerIdentifier, IdentifiesCallers } from './caller-identifier.js';
import { allOf, anyOf, type CompiledGuard } from './compose-guards.js';
import { type GuardDefinition, typedGuards } from './guard-definition.js';
import { type Caller, type Consumed, NOBODY, type RouteGuard, RouteGuardType } from './route-guard.js';

/** Finds out who calls. @throws Problem, or RedirectAnswer, when the call is refused */
export type Authenticate = (call: IncomingCall) => Promise<Caller> | Caller;

/** What of a call to a route is for its guards, and is not forwarded. */
export interface ConsumedByGuards {
  /** Names of header fields, in lower case. */
  readonly headers: ReadonlySet<string>;
  /** Names of query parameters, decoded. */
  readonly query: ReadonlySet<string>;
}

/** All guard types the gateway has, its own and in-house ones alike. */
@Injectable()
export class RouteGuards implements OnModuleInit {
  private readonly guards = new Map<string, RouteGuard>();
  private readonly identifiers: CallerIdentifier[] = [];

  /** What else is known of a caller: the plan of a consumer, say. */
  readonly identify = (caller: Caller): Caller => {
    let known = caller;
    for (const identifier of this.identifiers) known = identifier.identify(known);
    return known;
  };

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: RouteGuardType.KEY })) {
      const type = this.discovery.getMetadataByDecorator(RouteGuardType, wrapper);
      if (type === undefined) continue;
      if (this.guards.has(type)) throw new Error(`Two route guards claim the type ${type}`);
      this.guards.set(type, wrapper.instance as RouteGuard);
    }
    for (const { instance } of this.discovery.getProviders({ metadataKey: IdentifiesCallers.KEY })) {
      this.identifiers.push(instance as CallerIdentifier);
    }
  }

  /**
   * What is wrong with a route's guards.
   * @param pointer where the list stands
   * @param anybody whether what stands before it may have found out who calls
   */
  faults(
    guards: readonly GuardDefinition[],
    configuration: Configuration,
    pointer = '/guards',
    anybody = false,
  ): FieldFault[] {
    let known = anybody;
    return guards.flatMap((one, index) => {
      const faults = this.faultsOfOne(one, configuration, `${pointer}/${index}`, known);
      known ||= this.identifies(one);
      return faults;
    });
  }

  private faultsOfOne(
    one: GuardDefinition,
    configuration: Configuration,
    pointer: string,
    anybody: boolean,
  ): FieldFault[] {
    if (one.all_of) return this.faults(one.all_of, configuration, `${pointer}/all_of`, anybody);
    // Of several ways, none knows what another one found out.
    if (one.any_of) {
      return one.any_of.flatMap((way, index) =>
        this.faultsOfOne(way, configuration, `${pointer}/any_of/${index}`, anybody),
      );
    }
    const guard = this.guards.get(one.type!);
    if (!guard) {
      const detail = `must be one of ${[...this.guards.keys()].sort().join(', ')}`;
      return [{ pointer: `${pointer}/type`, detail }];
    }
    const result = guard.settings.safeParse(settingsOf(one));
    const faults = result.success
      ? (guard.faults?.(result.data, configuration, anybody) ?? [])
      : faultsOf(result.error);
    return faults.map((fault) => ({ ...fault, pointer: `${pointer}${fault.pointer}` }));
  }

  private identifies(one: GuardDefinition): boolean {
    return typedGuards([one]).some(({ type }) => this.guards.get(type)?.identifies !== false);
  }

  /** What a route's guards come to; undefined where there are none, and the route is open to everybody. */
  compileAll(guards: readonly GuardDefinition[]): Authenticate | undefined {
    if (guards.length === 0) return undefined;
    const guard = allOf(guards.map((one) => this.compile(one)));
    if (this.identifiers.length === 0) return (call) => guard(call, NOBODY);
    return (call) => {
      const caller = guard(call, NOBODY);
      return caller instanceof Promise ? caller.then(this.identify) : this.identify(caller);
    };
  }

  /** What of a call is for these guards. */
  consumedBy(guards: readonly GuardDefinition[]): ConsumedByGuards {
    const consumed = typedGuards(guards).map((one) => this.consumedByOne(one));
    return {
      headers: new Set(consumed.flatMap(({ headers = [] }) => headers)),
      query: new Set(consumed.flatMap(({ query = [] }) => query)),
    };
  }

  private consumedByOne(one: GuardDefinition): Consumed {
    const guard = this.guards.get(one.type!);
    const result = guard?.consumes && guard.settings.safeParse(settingsOf(one));
    return result?.success ? guard!.consumes!(result.data) : AUTHORIZATION;
  }

  /** A guard that cannot be used refuses every call: a route must never be more open than it was written. */
  compile(one: GuardDefinition): CompiledGuard {
    if (one.any_of) return anyOf(one.any_of.map((inner) => this.compile(inner)));
    if (one.all_of) return allOf(one.all_of.map((inner) => this.compile(inner)));
    const guard = this.guards.get(one.type!);
    const result = guard?.settings.safeParse(settingsOf(one));
    if (!guard || !result?.success) return refuse;
    const { data } = result;
    return (call, soFar) => guard.check(call, data, soFar);
  }
}

const AUTHORIZATION: Consumed = { headers: ['authorization'] };

function refuse(): never {
  throw new Problem(503, 'A guard of this route cannot be used; see the log of the gateway.');
}

function settingsOf({ type: _, ...settings }: GuardDefinition): object {
  return settings;
}
