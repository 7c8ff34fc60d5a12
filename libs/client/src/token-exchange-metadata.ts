import { z } from 'zod';

/** Gatehouse: what a client may do by token exchange (RFC 8693); without it, nothing. */
export const tokenExchangeMembers = {
  token_exchange: z
    .strictObject({
      /** The resources it may get tokens for. */
      audiences: z.array(z.string().min(1).max(2_048)).max(100),
      /** Whether it may act for others, being named in `act` (§1.1). */
      delegation: z.boolean().default(false),
      /** Whether it may act as others, without its name being in the token (§1.1). */
      impersonation: z.boolean().default(false),
    })
    .optional(),
};
