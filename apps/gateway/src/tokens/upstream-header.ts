import { z } from 'zod';

/** Fields that say how a message is framed, or what the gateway says of the call. */
const TAKEN =
  /^(?:connection|content-.*|cookie|expect|forwarded|host|keep-alive|te|trailer|transfer-encoding|upgrade|via|x-forwarded.*|x-real-ip|x-request-id)$/;

/** The name of a header that a policy sets for the upstream. */
export const upstreamHeader = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header')
  .transform((name) => name.toLowerCase())
  .refine((name) => !TAKEN.test(name), 'is the name of a header that has another meaning');

/** Whether callers cannot send it at all: the proxy drops it in any spelling. */
export function isOwnField(name: string): boolean {
  return name.startsWith('x-gatehouse');
}
