import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  type Caller,
  type Consumed,
  type IncomingCall,
  type RouteGuard,
  RouteGuardType,
} from '../../../apps/gateway/src/extension.js';

const settings = z.strictObject({
  from: z.int().min(0).max(23).describe('First open hour, UTC'),
  to: z.int().min(1).max(24).describe('First closed hour, UTC'),
});

type OfficeHours = z.output<typeof settings>;

/** Tells the time, so that a test can tell another. */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }
}

/** `{"type": "office_hours", "from": 8, "to": 18}`: calls are taken in these hours only. */
@Injectable()
@RouteGuardType('office_hours')
export class OfficeHoursGuard implements RouteGuard<OfficeHours> {
  readonly settings: z.ZodType<OfficeHours> = settings;

  constructor(private readonly clock: Clock) {}

  check(_call: IncomingCall, { from, to }: OfficeHours): Caller {
    const hour = this.clock.now().getUTCHours();
    if (hour < from || hour >= to) throw new Problem(403, `This API is open from ${from} to ${to} h UTC.`);
    // It found out nothing about who calls.
    return {};
  }

  /** It takes nothing of the request: Authorization goes on to the upstream. */
  consumes(): Consumed {
    return {};
  }
}
