import { z } from 'zod';
import { modelName } from '../../ai/models/ai-model-definition.js';
import { consumerName, oauthClient } from '../consumers.kind.js';

/** A user: one of our auth-server by the subject alone, one of another issuer beside the name of that. */
const member = z.union([
  z.string().min(1).max(2_000),
  z.strictObject({
    issuer: z.string().min(1).max(100).describe('Its issuer, by name; login:<name> for a login client'),
    subject: z.string().min(1).max(2_000),
  }),
]);

/** What members may make keys for. */
const keyRules = z.strictObject({
  models: z
    .array(modelName)
    .max(1_000)
    .optional()
    .describe('AI models that their keys may be for; left out: whichever the route allows'),
  per_member: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .describe('How many keys each may have; 0: none, and those that are there are refused'),
  max_days: z.int().min(1).max(3_650).default(90).describe('For how many days a key is good at most'),
});

export type KeyRules = z.output<typeof keyRules>;

/** People, clients and consumers whose calls are counted together. */
export const teamDefinition = z.strictObject({
  name: consumerName,
  description: z.string().max(1_000).default(''),
  members: z.array(member).max(10_000).default([]).describe('Users, by their subject'),
  client_ids: z.array(oauthClient).max(1_000).default([]).describe('OAuth clients'),
  consumers: z.array(consumerName).max(1_000).default([]).describe('Consumers of the gateway, by name'),
  keys: keyRules.optional().describe('Keys that members may make for themselves; left out: none'),
});

export type TeamDefinition = z.output<typeof teamDefinition>;
