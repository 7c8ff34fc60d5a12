import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Call } from './call.js';

/** Who wants to know how calls ended: the access log, metrics, usage, and event sinks of in-house modules. */
export interface CallObserver {
  /** After the answer is sent, or the caller has gone. It must neither wait nor throw: it runs for every call. */
  finished(call: Call): void;
  /** True, when the app starts, where the settings say that it is not wanted: it is not called then. */
  readonly off?: boolean;
}

/** Makes a provider of any module a `CallObserver`; the argument names it in the log. */
export const ObservesCalls = DiscoveryService.createDecorator<string>();

/** All observers of calls, the gateway's own and in-house ones alike. */
@Injectable()
export class CallObservers implements OnModuleInit {
  private observers: readonly CallObserver[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    this.observers = this.discovery
      .getProviders({ metadataKey: ObservesCalls.KEY })
      .map((wrapper) => wrapper.instance as CallObserver)
      .filter(({ off }) => !off);
  }

  finished(call: Call): void {
    for (const observer of this.observers) observer.finished(call);
  }
}
