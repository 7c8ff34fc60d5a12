import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { type Caller, type RouteGuard, RouteGuardType } from '../../apps/gateway/src/extension.js';
import type { IncomingCall } from '../../apps/gateway/src/calls/incoming-call.js';

/** A guard that believes what the header `x-test-caller` says, as JSON: for tests of what comes after guards. */
@Injectable()
@RouteGuardType('named_caller')
export class NamedCallerGuard implements RouteGuard<object> {
  readonly settings: z.ZodType<object> = z.strictObject({});

  check({ headers }: IncomingCall): Caller {
    return JSON.parse(String(headers['x-test-caller'] ?? '{}')) as Caller;
  }
}

@Module({ providers: [NamedCallerGuard] })
export class NamedCallersModule {}

/** What a caller of that name sends. */
export function as(caller: Caller): Record<string, string> {
  return { 'x-test-caller': JSON.stringify(caller) };
}
