import { z } from 'zod';
import { exchangeSettings } from '../../tokens/token-exchange.policy.js';
import { upstreamHeader } from '../../tokens/upstream-header.js';
import { fieldText } from '../../wire/field-text.js';

export const noAuth = z.strictObject({ type: z.literal('none') });

export const exchangeAuth = z.strictObject({ type: z.literal('token_exchange'), ...exchangeSettings.shape });

/** What the gateway keeps of a secret. */
export const sealed = z
  .string()
  .max(20_000)
  .optional()
  .describe('Kept by the gateway itself; not to be written');

/** A secret in a header field. @param own fields that the gateway sets itself */
export function headerAuth(own: RegExp) {
  return z.strictObject({
    type: z.literal('header'),
    name: upstreamHeader
      .refine((name) => !own.test(name), 'is set by the gateway itself')
      .default('authorization')
      .describe('The header field that has the secret'),
    value: fieldText
      .optional()
      .describe('Its whole value. Encrypted, and never shown. Left out of a change, it stays as it is'),
    sealed,
  });
}
