import { inThisTrace } from '@gatehouse/observability';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Call } from '../../calls/call.js';
import type { AiCall } from './ai-call.js';
import { type AiCallRecord, endRecordOf } from './ai-call-record.js';

/** Who wants to know how calls of AI models ended: usage, metrics, and sinks of in-house modules. */
export interface AiCallObserver {
  /** After the answer is sent, or the caller has gone. It must neither wait nor throw: it runs for every such call. */
  finished(record: AiCallRecord): void;
  /** True, when the app starts, where the settings say that it is not wanted: it is not called then. */
  readonly off?: boolean;
}

/** Makes a provider of any module an `AiCallObserver`; the argument names it. */
export const ObservesAiCalls = DiscoveryService.createDecorator<string>();

/** All observers of AI calls, the gateway's own and in-house ones alike. */
@Injectable()
export class AiCallObservers implements OnModuleInit {
  private observers: readonly AiCallObserver[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    this.observers = this.discovery
      .getProviders({ metadataKey: ObservesAiCalls.KEY })
      .map((wrapper) => wrapper.instance as AiCallObserver)
      .filter(({ off }) => !off);
  }

  /** They are told when the call is over, however it ends. */
  begun(aiCall: AiCall, call: Call): void {
    if (this.observers.length === 0) return;
    call.atEnd(inThisTrace(() => this.tell(endRecordOf(aiCall, call))));
  }

  tell(record: AiCallRecord): void {
    for (const observer of this.observers) observer.finished(record);
  }
}
