import { Transform } from 'node:stream';
import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';

const bytes = z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

const settings = z.strictObject({
  url: z.int().min(1).max(16_384).optional().describe('Characters of path and query'),
  headers: z.int().min(1).max(200).optional().describe('Header fields of the request'),
  header_bytes: z.int().min(1).max(16_384).optional().describe('Bytes of their names and values'),
  request_body: bytes.describe('Bytes'),
  response_body: bytes.describe('Bytes'),
});

type SizeLimits = z.output<typeof settings>;

/** `{"type": "size_limits", "url": 2000, "request_body": 65536, …}`: refuses what is larger; what is left out has no limit. */
@Injectable()
@Policy('size_limits')
export class SizeLimitsPolicy implements PolicyType<SizeLimits> {
  readonly settings: z.ZodType<SizeLimits> = settings;

  create({ url, headers, header_bytes: headerBytes, request_body: body, response_body: answer }: SizeLimits) {
    const tooLong = () => new Problem(413, `The body of the request is larger than ${body} bytes.`);
    const tooLarge = () => new Problem(502, `The answer is larger than ${answer} bytes.`);
    const hooks: PolicyHooks = {
      onArrival(call) {
        if (url !== undefined && call.url.length > url) {
          throw new Problem(414, `The address is longer than ${url} characters.`);
        }
        const { rawHeaders } = call.raw;
        if (headers !== undefined && rawHeaders.length > 2 * headers) {
          throw new Problem(431, `The request has more than ${headers} headers.`);
        }
        if (headerBytes !== undefined && lengthOf(rawHeaders) > headerBytes) {
          throw new Problem(431, `The headers of the request are larger than ${headerBytes} bytes.`);
        }
        if (body !== undefined && Number(call.headers['content-length']) > body) throw tooLong();
      },
    };
    if (body !== undefined) {
      hooks.onRequestStream = (call) => {
        // With a length nothing longer can arrive: the server reads no further.
        return call.headers['content-length'] === undefined ? counted(body, tooLong) : undefined;
      };
    }
    if (answer !== undefined) {
      hooks.onResponse = (_call, head) => {
        if (Number(head.headers.get('content-length')) > answer) throw tooLarge();
      };
      hooks.onResponseStream = (_call, head) => {
        return head.headers.has('content-length') ? undefined : counted(answer, tooLarge);
      };
    }
    return hooks;
  }
}

function lengthOf(parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

/** Lets so many bytes through, and breaks off. */
function counted(limit: number, refusal: () => Problem): Transform {
  let left = limit;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) done(refusal());
      else done(null, chunk);
    },
  });
}
