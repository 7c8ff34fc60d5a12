import { z } from 'zod';
import { consumerName, oauthClient } from '../consumers.kind.js';

/** A user: one of our auth-server by the subject alone, one of another issuer beside the name of that. */
const member = z.union([
  z.string().min(1).max(2_000),
  z.strictObject({
    issuer: z.string().min(1).max(100).describe('Its issuer, by name; login:<name> for a login client'),
    subject: z.string().min(1).max(2_000),
  }),
]);

/** People, clients and consumers whose calls are counted together. */
export const teamDefinition = z.strictObject({
  name: consumerName,
  description: z.string().max(1_000).default(''),
  members: z.array(member).max(10_000).default([]).describe('Users, by their subject'),
  client_ids: z.array(oauthClient).max(1_000).default([]).describe('OAuth clients'),
  consumers: z.array(consumerName).max(1_000).default([]).describe('Consumers of the gateway, by name'),
});

export type TeamDefinition = z.output<typeof teamDefinition>;
