import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Call } from '../../calls/call.js';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';

const percentage = z.number().min(0).max(100).default(100).describe('Of the calls, by chance');

const settings = z.strictObject({
  delay: z.strictObject({ ms: z.int().min(1).max(60_000), percentage }).optional(),
  abort: z.strictObject({ status: z.int().min(400).max(599), percentage }).optional(),
  header: z
    .strictObject({
      name: z.string().regex(/^[a-z0-9-]+$/, 'must be a field name in lower case'),
      value: z.string().max(200).optional().describe('Left out: any'),
    })
    .optional()
    .describe('Only calls that have it; left out: all'),
});

type FaultSettings = z.output<typeof settings>;

/** `{"type": "fault", "delay": {…}, "abort": {…}}`: makes calls slow or fail, so that callers can be tested. */
@Injectable()
@Policy('fault')
export class FaultPolicy implements PolicyType<FaultSettings> {
  readonly settings: z.ZodType<FaultSettings> = settings;

  create({ delay, abort, header }: FaultSettings): PolicyHooks {
    const chosen = (call: Call): boolean => {
      if (!header) return true;
      const sent = call.headers[header.name];
      return sent !== undefined && (header.value === undefined || sent === header.value);
    };
    const fail = (): void => {
      if (!abort || !happens(abort.percentage)) return;
      throw new Problem(abort.status, 'This failure was asked for by the fault policy of the route.');
    };
    return {
      onRequest(call) {
        if (!chosen(call)) return undefined;
        if (!delay || !happens(delay.percentage)) return fail();
        return waited(call, delay.ms).then(fail);
      },
    };
  }
}

function happens(percent: number): boolean {
  return Math.random() * 100 < percent;
}

/** Over at once when the caller goes away. */
function waited(call: Call, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    call.atEnd(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
