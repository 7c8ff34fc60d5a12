import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { JsonError } from '../json/read-json.js';
import { contentTypeOf, isJson } from '../json/media-type.js';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';
import { type BodyChanges, bodyChanges, compileBodyChanges } from './body-changes.js';
import { dropValidators } from './changed-body.js';

/** `{"type": "response_body", "remove": ["/internal"], …}`: changes JSON answers; those of other types stay as they are. */
@Injectable()
@Policy('response_body')
export class ResponseBodyPolicy implements PolicyType<BodyChanges> {
  readonly settings = bodyChanges as z.ZodType<BodyChanges>;

  create(settings: BodyChanges): PolicyHooks {
    const change = compileBodyChanges(settings);
    return {
      bodyLimit: settings.body_limit,
      wantsResponseBody(_call, { headers }) {
        const type = contentTypeOf(headers);
        return !!type && isJson(type);
      },
      onResponseBody(call, { headers }, body) {
        if (body.length === 0) return body;
        dropValidators(headers);
        try {
          return change(call, body);
        } catch (error) {
          if (error instanceof JsonError)
            throw new Problem(502, `The body of the upstream's answer ${error.message}.`);
          throw error;
        }
      },
    };
  }
}
