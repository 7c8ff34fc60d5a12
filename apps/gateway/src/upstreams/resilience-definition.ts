import { z } from 'zod';
import { seconds } from './transport-definition.js';

/** RFC 9110 §9.2.2: what may be sent twice. */
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'];

const retryStatus = z.number().int().min(500).max(599);

/** When a call is sent again, before the caller has seen a byte of an answer. */
export const retries = z.strictObject({
  tries: z.number().int().min(1).max(10).default(2).describe('At most, the first among them'),
  on: z
    .array(z.union([z.enum(['connect', 'reset', 'timeout']), retryStatus]))
    .max(20)
    .default(['connect', 'reset', 502, 503, 504])
    .describe('No connection; it broke before the head; no head in time; a status (500 to 599)'),
  methods: z
    .array(z.string().regex(/^[A-Z]{1,32}$/, 'must be a method in capitals'))
    .max(40)
    .default(IDEMPOTENT)
    .describe('Methods that may be sent twice. Where nothing was sent (`connect`), every method may'),
  budget: z
    .strictObject({
      ratio: z.number().min(0).max(1).default(0.2).describe('Retries for each call'),
      min_per_second: z.number().min(0).max(1_000).default(3).describe('Retries that are free'),
    })
    .prefault({})
    .describe('So that retries never multiply the load of an upstream in trouble'),
});

/** Refuses calls while the upstream as a whole fails. */
export const circuitBreaker = z.strictObject({
  failure_ratio: z.number().min(0.01).max(1).default(0.5).describe('The share of failures that opens it'),
  min_calls: z.number().int().min(1).max(10_000).default(20).describe('Fewer in the window say nothing'),
  window: seconds(0.1, 300).default(10),
  open_for: seconds(0.05, 3_600).default(10).describe('How long calls are refused with 503'),
  probes: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('Calls let through after that; when all succeed it closes'),
});

/** Asks each target now and then whether it is well. */
export const healthCheck = z.strictObject({
  path: z
    .string()
    .regex(/^\/[!-~]*$/, 'must begin with a slash')
    .max(1_000)
    .default('/'),
  interval: seconds(0.05, 3_600).default(5),
  timeout: seconds(0.01, 60).default(2),
  jitter: z.number().min(0).max(1).default(0.2).describe('The share of the interval by which it varies'),
  healthy_after: z.number().int().min(1).max(100).default(2).describe('Good answers in a row'),
  unhealthy_after: z.number().int().min(1).max(100).default(3).describe('Bad ones in a row'),
  statuses: z
    .array(z.number().int().min(200).max(599))
    .min(1)
    .max(50)
    .optional()
    .describe('What is a good answer; unset: 200 to 399'),
});

/** Leaves out, for a while, targets that fail the calls they get. */
export const outliers = z.strictObject({
  consecutive_failures: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .describe('Answers from 500 up, broken connections and timeouts in a row'),
  ejection: seconds(0.05, 3_600).default(30).describe('How long the first time; each time as much longer'),
  max_ejection: seconds(0.05, 86_400).default(300),
  max_ejected_percent: z.number().int().min(0).max(100).default(50),
});

export type RetriesDefinition = z.output<typeof retries>;
export type CircuitBreakerDefinition = z.output<typeof circuitBreaker>;
export type HealthCheckDefinition = z.output<typeof healthCheck>;
export type OutliersDefinition = z.output<typeof outliers>;
