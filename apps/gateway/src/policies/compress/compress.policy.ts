import zlib from 'node:zlib';
import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { AnswerHead } from '../../calls/answer.js';
import type { HeaderList } from '../../calls/header-list.js';
import { contentTypeOf } from '../json/media-type.js';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';
import { acceptedCoding } from './accepted-coding.js';

const CODINGS = ['zstd', 'br', 'gzip'] as const;
type Coding = (typeof CODINGS)[number];

/** Text, in the types that APIs and pages have; others are mostly compressed already. */
const TYPES = [
  'application/json',
  'text/*',
  '*+json',
  '*+xml',
  'application/javascript',
  'application/xml',
  'image/svg+xml',
];

const settings = z.strictObject({
  codings: z.array(z.enum(CODINGS)).min(1).max(3).default(['br', 'gzip']).describe('The first is preferred'),
  min_size: z.int().min(0).max(1_048_576).default(1_024).describe('Bytes; shorter answers stay as they are'),
  types: z
    .array(
      z
        .string()
        .regex(/^(?:[a-z0-9.+-]+|\*)(?:\/(?:[a-z0-9.+-]+|\*)|\+[a-z0-9]+)$/, 'must be a type, or one with *'),
    )
    .min(1)
    .max(50)
    .default(TYPES),
  level: z.int().min(1).max(9).default(4).describe('From quick to small'),
});

type CompressSettings = z.output<typeof settings>;

const { createZstdCompress } = zlib as unknown as {
  createZstdCompress?: (options: { flush?: number; params: Record<number, number> }) => Duplex;
};

/** `{"type": "compress"}`: encodes answers for callers that take it. zstd where Node has it. */
@Injectable()
@Policy('compress')
export class CompressPolicy implements PolicyType<CompressSettings> {
  readonly settings: z.ZodType<CompressSettings> = settings;

  create({ codings, min_size: minSize, types, level }: CompressSettings): PolicyHooks {
    const known = codings.filter((one) => one !== 'zstd' || createZstdCompress);
    const isText = matcherOf(types);
    const mayBe = ({ status, headers }: AnswerHead): boolean =>
      // A part of a representation (RFC 9110 §14) cannot be encoded after the fact.
      status !== 206 &&
      !headers.has('content-encoding') &&
      !/\bno-transform\b/i.test(headers.all('cache-control').join()) &&
      isText(contentTypeOf(headers)?.type) &&
      Number(headers.get('content-length') ?? Infinity) >= minSize;
    return {
      // Also where this one is not encoded: a cache must not give it to callers who would get another (RFC 9110 §12.5.5).
      onResponse(_call, head) {
        if (head.status === 304 || mayBe(head)) addVary(head.headers);
      },
      onResponseStream(call, head) {
        if (!mayBe(head)) return undefined;
        const coding = acceptedCoding(call.headers['accept-encoding'] as string | undefined, known);
        if (!coding) return undefined;
        const { headers } = head;
        const endless = !headers.has('content-length');
        headers.set('content-encoding', coding);
        describeAnew(headers);
        return encoder(coding, level, endless);
      },
    };
  }
}

/** Other bytes than the upstream's: they are equivalent, not equal (RFC 9110 §8.8.1). */
function describeAnew(headers: HeaderList): void {
  const etag = headers.get('etag');
  if (etag?.startsWith('"')) headers.set('etag', `W/${etag}`);
  for (const name of ['accept-ranges', 'content-md5', 'digest', 'content-digest']) headers.delete(name);
}

function addVary(headers: HeaderList): void {
  const vary = headers.all('vary').join(', ');
  if (/(?:^|[\s,])(?:accept-encoding|\*)(?:$|[\s,])/i.test(vary)) return;
  headers.append('vary', 'accept-encoding');
}

/** @param endless how long it will be is not known: what is there is sent on at once */
function encoder(coding: Coding, level: number, endless: boolean): Duplex {
  const { constants } = zlib;
  if (coding === 'gzip') {
    return zlib.createGzip({ level, ...(endless ? { flush: constants.Z_SYNC_FLUSH } : {}) });
  }
  const parameter = { br: constants.BROTLI_PARAM_QUALITY, zstd: 100 }[coding];
  const flush = endless ? { flush: constants.BROTLI_OPERATION_FLUSH } : {};
  const create = coding === 'br' ? zlib.createBrotliCompress : createZstdCompress!;
  return create({ ...flush, params: { [parameter]: level } });
}

function matcherOf(types: readonly string[]): (type: string | undefined) => boolean {
  const exact = new Set(types.filter((one) => !one.includes('*')));
  const endings = types.filter((one) => one.startsWith('*+')).map((one) => one.slice(1));
  const beginnings = types.filter((one) => one.endsWith('/*')).map((one) => one.slice(0, -1));
  const all = types.includes('*/*');
  return (type) =>
    type !== undefined &&
    type !== 'text/event-stream' &&
    (all ||
      exact.has(type) ||
      endings.some((one) => type.endsWith(one)) ||
      beginnings.some((one) => type.startsWith(one)));
}
