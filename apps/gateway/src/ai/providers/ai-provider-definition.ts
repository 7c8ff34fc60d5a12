import { z } from 'zod';
import { connections, seconds, tls } from '../../upstreams/transport-definition.js';
import { upstreamUrl } from '../../upstreams/upstream-definition.js';
import { fieldText } from '../../wire/field-text.js';

const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _');

/** Of a key, what people know it by. */
export const SHOWN_CHARACTERS = 4;

const key = z.strictObject({
  name: name.describe('By which logs and usage records name it'),
  key: z
    .string()
    .min(1)
    .max(8_192)
    .regex(/^[\x20-\x7E\r\n\t]+$/, 'must be printable ASCII')
    .optional()
    .describe('Encrypted, and never shown. Left out of a change, it stays as it is'),
  prefix: z
    .string()
    .max(SHOWN_CHARACTERS)
    .optional()
    .describe('What it begins with. Kept by the gateway itself; what is written here is ignored'),
  sealed: z.string().max(20_000).optional().describe('Kept by the gateway itself; not to be written'),
});

/** How long is waited for what of an answer. */
const timeouts = z.strictObject({
  connect: seconds(0.01, 60).default(5).describe('For the connection, with TLS and all'),
  first_token: seconds(0.01, 3_600)
    .default(300)
    .describe(
      'Of a stream: from the request to the first token, of which models that think say none for long',
    ),
  between_tokens: seconds(0.01, 3_600).default(120).describe('Of a stream: between two pieces of it'),
  total: seconds(0.01, 86_400).default(600).describe('For a whole answer'),
});

/** Fields that the gateway writes itself, or that frame the message. */
const TAKEN =
  /^(?:authorization|x-api-key|x-goog-api-key|host|connection|content-.*|cookie|accept(?:-encoding)?|expect|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|x-gatehouse-.*)$/;
const MAX_HEADERS = 20;

const headers = z
  .record(
    z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, 'must be the name of a header field in lower case')
      .refine((field) => !TAKEN.test(field), 'is set by the gateway itself'),
    fieldText,
  )
  .refine((fields) => Object.keys(fields).length <= MAX_HEADERS, `must be ${MAX_HEADERS} at most`)
  .default({})
  .describe('Header fields that every request gets. They are shown: no place for a secret');

/** An account at an AI provider, as it is written and stored. */
export const aiProviderDefinition = z.strictObject({
  name,
  type: z.string().min(1).max(63).describe('What kind of provider it is'),
  base_url: upstreamUrl.optional().describe('Where its API is; left out: where the type has it'),
  keys: z
    .array(key)
    .max(50)
    .default([])
    .refine(
      (keys) => new Set(keys.map((one) => one.name)).size === keys.length,
      'must have names of their own',
    )
    .describe('Used in turn; one that is refused, or used too often, is left out for a while'),
  settings: z.looseObject({}).default({}).describe('What the type needs besides'),
  headers,
  timeouts: timeouts.prefault({}),
  tls: tls.optional().describe('For https'),
  http2: z.boolean().optional().describe('Speaks HTTP/2, by ALPN'),
  connections: connections.optional().describe('Left out: 2,048 at most, kept for 30 seconds'),
});

export type AiProviderDefinition = z.output<typeof aiProviderDefinition>;
export type AiProviderKeyDefinition = AiProviderDefinition['keys'][number];
