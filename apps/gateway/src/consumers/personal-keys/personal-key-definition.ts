import { z } from 'zod';
import { modelName } from '../../ai/models/ai-model-definition.js';
import { OWN_ISSUER } from '../../tokens/issuer-definition.js';
import { consumerName, metadata } from '../consumers.kind.js';
import { hashedSecrets, time } from '../credential-definition.js';

export const keyLabel = z.string().min(1).max(100).describe('What its owner calls it');

export const keyModels = z
  .array(modelName)
  .min(1)
  .max(1_000)
  .optional()
  .describe('AI models that it is for, as far as the team allows them; left out: all of those');

/** A key that a member of a team made for themselves. It allows no more than the team does at the moment. */
export const personalKeyDefinition = z.strictObject({
  name: consumerName.describe('Generated; budgets and usage know the key by it'),
  label: keyLabel,
  owner: z
    .strictObject({
      issuer: z.string().min(1).max(100).default(OWN_ISSUER).describe('The issuer of the user, by name'),
      subject: z.string().min(1).max(2_000),
    })
    .describe('Whose it is'),
  team: consumerName.describe('The team that its calls are of'),
  enabled: z.boolean().default(true).describe('false: calls with it are refused'),
  models: keyModels,
  expires_at: time.describe('From then on calls with it are refused'),
  metadata,
  secrets: hashedSecrets,
});

export type PersonalKeyDefinition = z.output<typeof personalKeyDefinition>;
