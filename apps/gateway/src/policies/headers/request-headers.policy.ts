import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { ReservedFields } from '../../calls/reserved-fields.service.js';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';
import { compileHeaderChanges, type HeaderChanges, headerChanges } from './header-changes.js';

/** `{"type": "request_headers", "set": {…}, "add": {…}, "remove": […], "rename": {…}}`: what the upstream gets. */
@Injectable()
@Policy('request_headers')
export class RequestHeadersPolicy implements PolicyType<HeaderChanges> {
  readonly settings: z.ZodType<HeaderChanges>;

  constructor(reserved: ReservedFields) {
    this.settings = headerChanges(reserved.has) as z.ZodType<HeaderChanges>;
  }

  create(settings: HeaderChanges): PolicyHooks {
    const change = compileHeaderChanges(settings);
    return { onRequest: (call, { headers }) => change(call, headers) };
  }
}
