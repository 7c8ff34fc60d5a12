import { z } from 'zod';

/** The value of a header field. */
export const fieldText = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^[\x21-\x7E](?:[\x20-\x7E]*[\x21-\x7E])?$/, 'must be printable ASCII without spaces around it');
