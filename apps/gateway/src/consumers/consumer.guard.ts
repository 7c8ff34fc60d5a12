import { type FieldFault, Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { IncomingCall } from '../calls/incoming-call.js';
import type { Configuration } from '../configuration/config-kind.js';
import { type Caller, type Consumed, type RouteGuard, RouteGuardType } from '../guards/route-guard.js';
import { consumerName, ConsumersKind } from './consumers.kind.js';
import { Consumers } from './consumers.service.js';

const settings = z
  .strictObject({
    consumers: z.array(consumerName).min(1).max(1_000).optional().describe('These may call'),
    groups: z.array(consumerName).min(1).max(100).optional().describe('Consumers of these groups may call'),
  })
  .describe('Neither: every consumer may call');

export type ConsumerSettings = z.output<typeof settings>;

/** `{"type": "consumer", "groups": ["partners"]}`: only these consumers, whatever they came with. Stands behind the guard that finds out who calls. */
@Injectable()
@RouteGuardType('consumer')
export class ConsumerGuard implements RouteGuard<ConsumerSettings> {
  readonly settings = settings as z.ZodType<ConsumerSettings>;
  readonly identifies = false;

  constructor(
    private readonly consumers: Consumers,
    private readonly kind: ConsumersKind,
  ) {}

  faults({ consumers = [] }: ConsumerSettings, configuration: Configuration, anybody: boolean): FieldFault[] {
    const known = configuration.of(this.kind);
    const faults = consumers.flatMap((name, index) =>
      known.has(name)
        ? []
        : [{ pointer: `/consumers/${index}`, detail: 'names no consumer: create it first' }],
    );
    if (anybody) return faults;
    const detail = 'must stand after a guard that finds out who calls: here it refuses everybody';
    return [...faults, { pointer: '/type', detail }];
  }

  check(_call: IncomingCall, { consumers, groups }: ConsumerSettings, soFar: Caller): Caller {
    const { index } = this.consumers;
    const caller = index.identify(soFar);
    const consumer = caller.consumer === undefined ? undefined : index.consumers.get(caller.consumer);
    if (!consumer)
      throw new Problem(403, 'This API is for registered consumers, and this call is not of one.');
    const open = consumers === undefined && groups === undefined;
    const named = consumers?.includes(consumer.name) || consumer.groups.some((one) => groups?.includes(one));
    if (!open && !named) throw new Problem(403, `The consumer ${consumer.name} may not call this API.`);
    return caller;
  }

  consumes(): Consumed {
    return {};
  }
}
