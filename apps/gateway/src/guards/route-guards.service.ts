import { faultsOf, type FieldFault, Problem } from '@gatehouse/http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { IncomingCall } from '../calls/incoming-call.js';
import { type Caller, type RouteGuard, RouteGuardType } from './route-guard.js';

/** A guard of a route with its settings checked: what runs at each request. */
export type CompiledGuard = (call: IncomingCall) => Promise<Caller> | Caller;

/** All guard types the gateway has, its own and in-house ones alike. */
@Injectable()
export class RouteGuards implements OnModuleInit {
  private readonly guards = new Map<string, RouteGuard>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: RouteGuardType.KEY })) {
      const type = this.discovery.getMetadataByDecorator(RouteGuardType, wrapper);
      if (type === undefined) continue;
      if (this.guards.has(type)) throw new Error(`Two route guards claim the type ${type}`);
      this.guards.set(type, wrapper.instance as RouteGuard);
    }
  }

  /** What is wrong with a route's guards. */
  faults(guards: readonly { readonly type: string }[]): FieldFault[] {
    return guards.flatMap((one, index) => {
      const guard = this.guards.get(one.type);
      if (!guard) {
        return [
          {
            pointer: `/guards/${index}/type`,
            detail: `must be one of ${[...this.guards.keys()].join(', ')}`,
          },
        ];
      }
      const result = guard.settings.safeParse(settingsOf(one));
      if (result.success) return [];
      return faultsOf(result.error).map((fault) => ({
        ...fault,
        pointer: `/guards/${index}${fault.pointer}`,
      }));
    });
  }

  /** A guard that cannot be used refuses every call: a route must never be more open than it was written. */
  compile(one: { readonly type: string }): CompiledGuard {
    const guard = this.guards.get(one.type);
    const result = guard?.settings.safeParse(settingsOf(one));
    if (!guard || !result?.success) {
      return () =>
        Promise.reject(new Problem(503, 'A guard of this route cannot be used; see the log of the gateway.'));
    }
    return (request) => guard.check(request, result.data);
  }
}

function settingsOf({ type: _, ...settings }: { readonly type: string }): object {
  return settings;
}
