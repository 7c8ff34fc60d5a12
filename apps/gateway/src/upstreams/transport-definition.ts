import { z } from 'zod';

/** Seconds, fractions among them. */
export function seconds(min: number, max: number) {
  return z.number().min(min).max(max);
}

/** How long is waited for what; each ends the call with 504. */
export const timeouts = z.strictObject({
  connect: seconds(0.01, 60).default(3).describe('For the connection, with TLS and all'),
  response: seconds(0.01, 3_600).default(60).describe('From the request to the head of the answer'),
  idle: seconds(0.01, 86_400).default(60).describe('Between two pieces of the body of an answer'),
  total: seconds(0.01, 86_400).optional().describe('For the whole call, tries and body; unset: no limit'),
});

const file = z.string().min(1).max(1_000);

/** How the server proves who it is, and the gateway to it. Files are PEM, and read again when they change. */
export const tls = z
  .strictObject({
    verify: z
      .boolean()
      .default(true)
      .describe('Whether the certificate is checked; false lets anybody answer in place of the upstream'),
    ca_file: file.optional().describe("The authorities that are trusted, in place of the system's"),
    server_name: z
      .string()
      .regex(/^[A-Za-z0-9._:-]{1,253}$/, 'must be a host name or an address')
      .optional()
      .describe('What the certificate has to be for, and the SNI; unset: the host'),
    cert_file: file.optional().describe("The gateway's own certificate (mutual TLS), with its chain"),
    key_file: file.optional().describe('The key of `cert_file`'),
  })
  .refine(({ cert_file, key_file }) => !cert_file === !key_file, {
    message: 'cert_file and key_file go together',
    path: ['key_file'],
  });

/** How many connections there may be to each target, and who waits for one. */
export const connections = z.strictObject({
  max: z.number().int().min(1).max(10_000).default(256).describe('Connections to each target'),
  max_pending: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(1_024)
    .describe('Calls that wait for a connection of a target; more are refused with 503'),
  pending_timeout: seconds(0.01, 60)
    .default(3)
    .describe('How long a call waits for a connection before it is refused with 503'),
  idle_timeout: seconds(0.1, 600)
    .default(4)
    .describe("How long an unused connection is kept; less than the upstream's own"),
});

/** What of the settings is about the wire. */
export const transportMembers = {
  timeouts: timeouts.optional(),
  tls: tls.optional().describe('For https'),
  http2: z
    .boolean()
    .optional()
    .describe('Speaks HTTP/2: by ALPN with https, with prior knowledge (h2c) with http. gRPC needs it'),
  connections: connections.optional(),
};

export type TimeoutsDefinition = z.output<typeof timeouts>;
export type TlsDefinition = z.output<typeof tls>;
export type ConnectionsDefinition = z.output<typeof connections>;
export interface TransportDefinition {
  readonly timeouts?: TimeoutsDefinition | undefined;
  readonly tls?: TlsDefinition | undefined;
  readonly http2?: boolean | undefined;
  readonly connections?: ConnectionsDefinition | undefined;
}
