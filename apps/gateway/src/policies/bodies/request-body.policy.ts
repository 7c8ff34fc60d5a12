import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { JsonError } from '../json/read-json.js';
import { contentTypeOf, isJson } from '../json/media-type.js';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';
import { type BodyChanges, bodyChanges, compileBodyChanges } from './body-changes.js';

/** `{"type": "request_body", "set": {"/owner": "{caller.subject}"}, …}`: changes the JSON that the upstream gets. */
@Injectable()
@Policy('request_body')
export class RequestBodyPolicy implements PolicyType<BodyChanges> {
  readonly settings = bodyChanges as z.ZodType<BodyChanges>;

  create(settings: BodyChanges): PolicyHooks {
    const change = compileBodyChanges(settings);
    return {
      bodyLimit: settings.body_limit,
      onRequestBody(call, { headers }, body) {
        if (body.length === 0) return body;
        const type = contentTypeOf(headers);
        // Passed on unchanged, a body of another type would be a way around the policy.
        if (!type || !isJson(type))
          throw new Problem(415, 'The body must be JSON, and say so in one Content-Type.');
        try {
          return change(call, body);
        } catch (error) {
          if (error instanceof JsonError) throw new Problem(400, `The body ${error.message}.`);
          throw error;
        }
      },
    };
  }
}
