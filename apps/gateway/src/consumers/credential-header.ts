import { z } from 'zod';

/** Fields that mean something to HTTP itself, to the gateway or to everybody: no place for a key. */
const TAKEN =
  /^(?:accept(?:-.*)?|connection|content-.*|cookie|date|digest|expect|forwarded|host|if-.*|keep-alive|origin|range|referer|te|trailer|transfer-encoding|upgrade|user-agent|via|proxy-.*|sec-.*|signature(?:-input)?|x-forwarded.*|x-gatehouse.*|x-real-ip|x-request-id)$/;

/** A header field that callers put a secret into. */
export const credentialHeader = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header field: A-Z, a-z, 0-9 and -')
  .toLowerCase()
  .refine((name) => !TAKEN.test(name), 'must be a field that means nothing else');
