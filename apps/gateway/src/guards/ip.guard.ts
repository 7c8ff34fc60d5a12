import { isIP } from 'node:net';
import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { IncomingCall } from '../calls/incoming-call.js';
import { addressList } from './address-list.js';
import { type Caller, type Consumed, NOBODY, type RouteGuard, RouteGuardType } from './route-guard.js';

const settings = z
  .strictObject({
    allow: addressList.optional().describe('Only these addresses and networks may call; left out: all'),
    deny: addressList.optional().describe('These may not, even where they are allowed'),
  })
  .refine(({ allow, deny }) => allow !== undefined || deny !== undefined, 'must have allow, deny or both');

export type IpSettings = z.output<typeof settings>;

/** `{"type": "ip", "allow": ["10.0.0.0/8"]}`: calls from these addresses. */
@Injectable()
@RouteGuardType('ip')
export class IpGuard implements RouteGuard<IpSettings> {
  readonly settings = settings as z.ZodType<IpSettings>;
  readonly identifies = false;

  check({ ip }: IncomingCall, { allow, deny }: IpSettings): Caller {
    // Whoever cannot be placed on the list of the denied is not let past it.
    const known = isIP(ip) !== 0;
    if (!known || deny?.has(ip) || allow?.has(ip) === false) {
      throw new Problem(403, 'Calls from this address are not allowed.');
    }
    return NOBODY;
  }

  consumes(): Consumed {
    return {};
  }
}
