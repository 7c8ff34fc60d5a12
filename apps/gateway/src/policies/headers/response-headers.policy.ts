import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';
import { compileHeaderChanges, type HeaderChanges, headerChanges } from './header-changes.js';

/** `{"type": "response_headers", …}`: what the caller gets, of every answer, errors among them. */
@Injectable()
@Policy('response_headers')
export class ResponseHeadersPolicy implements PolicyType<HeaderChanges> {
  readonly settings = headerChanges(isTheGateways) as z.ZodType<HeaderChanges>;

  create(settings: HeaderChanges): PolicyHooks {
    const change = compileHeaderChanges(settings);
    return { onResponse: (call, { headers }) => change(call, headers) };
  }
}

/** The request id, and cookies, among which are those that sign people in. */
function isTheGateways(name: string): boolean {
  return name === 'x-request-id' || name === 'set-cookie';
}
