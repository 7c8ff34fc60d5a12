import { z } from 'zod';
import { addressList } from '../guards/address-list.js';
import { routeUpstream } from '../upstreams/upstream-definition.js';

const MAX_BODY = 65_536;
/** How a message is framed and who speaks to whom is the gateway's own business. */
const FRAMING = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'trailer',
  'upgrade',
]);

const headerName = z
  .string()
  .regex(/^[a-z0-9!#$%&'*+\-.^_`|~]{1,128}$/, 'must be the name of a header in lower case')
  .refine((name) => !FRAMING.has(name), 'is set by the gateway alone');
const headerValue = z
  .string()
  .max(4_096)
  .regex(
    /^(?:[\x21-\x7E](?:[\x20-\x7E\t]*[\x21-\x7E])?)?$/,
    'must be printable ASCII without spaces around it',
  );

/** An answer of the gateway's own, to every call. */
export const respond = z
  .strictObject({
    status: z.int().min(200).max(599).default(200),
    headers: z
      .record(headerName, headerValue)
      .default({})
      .describe('Content-Type is text/plain unless it is here'),
    body: z.string().max(MAX_BODY).optional(),
  })
  .refine(({ status, body }) => body === undefined || (status !== 204 && status !== 304), {
    path: ['body'],
    message: 'belongs to no answer of this status (RFC 9110 §6.4.1)',
  });

/** Where callers are sent instead. The path is the one that an upstream would get: see rewrite and strip_prefix. */
export const redirect = z.strictObject({
  status: z
    .union([301, 302, 303, 307, 308].map((one) => z.literal(one)))
    .default(307)
    .describe('301 and 302 let clients make a GET of a POST; 307 and 308 do not'),
  scheme: z.enum(['http', 'https']).optional().describe("Left out: the call's"),
  host: z
    .string()
    .max(253)
    .regex(/^[a-z0-9.-]+$/, 'must be a host name in lower case')
    .optional()
    .describe("Left out: the call's"),
  port: z.int().min(1).max(65_535).optional().describe("Left out: the scheme's"),
  keep_query: z.boolean().default(true),
});

/** Kept as it was written; compiled with the route. */
const addresses = z.array(z.string()).superRefine((value, context) => {
  for (const { path, message } of addressList.safeParse(value).error?.issues ?? []) {
    context.addIssue({ code: 'custom', path, message });
  }
});

/** Nobody is served for a while, but for those who see to it. */
export const maintenance = z
  .strictObject({
    retry_after: z.int().min(0).max(2_592_000).default(300).describe('Seconds; Retry-After of the answer'),
    detail: z
      .string()
      .min(1)
      .max(1_000)
      .default('This API is being maintained.')
      .describe('What callers are told'),
    allow: addresses.optional().describe('Addresses and networks whose calls go on to the upstream'),
    upstream: routeUpstream.optional().describe('Where the calls of those allowed go'),
  })
  .refine(({ allow, upstream }) => (allow === undefined) === (upstream === undefined), {
    path: ['upstream'],
    message: 'belongs together with allow',
  });

export type RespondDefinition = z.output<typeof respond>;
export type RedirectDefinition = z.output<typeof redirect>;
export type MaintenanceDefinition = z.output<typeof maintenance>;
