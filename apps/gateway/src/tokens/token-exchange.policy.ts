import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Policy, type PolicyHooks, type PolicyType } from '../policies/policy.js';
import { TokenExchanges } from './token-exchanges.service.js';

/** What a token is exchanged for. */
export const exchangeSettings = z.strictObject({
  audience: z.string().min(1).max(2_048).describe("The upstream's identifier at the auth-server"),
  scopes: z
    .array(z.string().min(1))
    .min(1)
    .max(50)
    .optional()
    .describe("What the new token allows; left out: all of the caller's that the upstream knows"),
  delegation: z
    .boolean()
    .default(false)
    .describe('Whether the new token names the gateway as the one who acts (`act`, RFC 8693 §4.1)'),
});

export type ExchangeSettings = z.output<typeof exchangeSettings>;

/** `{"type": "token_exchange", "audience": …}`: the upstream gets a token of its own in place of the caller's. */
@Injectable()
@Policy('token_exchange')
export class TokenExchange implements PolicyType<ExchangeSettings> {
  readonly settings = exchangeSettings as z.ZodType<ExchangeSettings>;

  constructor(private readonly exchanges: TokenExchanges) {}

  create({ audience, scopes, delegation }: ExchangeSettings): PolicyHooks {
    const target = { audience, scope: scopes?.join(' '), delegation };
    return {
      onRequest: async ({ caller }, { headers }) => {
        const exchanged = await this.exchanges.of(caller, target);
        headers.deleteSpellings('authorization');
        headers.set('authorization', `Bearer ${exchanged}`);
      },
    };
  }
}
