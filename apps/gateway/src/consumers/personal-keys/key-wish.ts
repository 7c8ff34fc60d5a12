import { z } from 'zod';
import { consumerName, metadata } from '../consumers.kind.js';
import { time } from '../credential-definition.js';
import { keyLabel, keyModels } from './personal-key-definition.js';

const MAX_OVERLAP = 30 * 86_400;

/** What somebody asks for who makes a key. */
export const keyWish = z.strictObject({
  name: keyLabel,
  team: consumerName,
  models: keyModels,
  expires_at: time.optional().describe('Left out: as late as the team allows'),
  metadata,
});

export type KeyWish = z.output<typeof keyWish>;

export const keyRotation = z.strictObject({
  overlap_seconds: z
    .int()
    .min(0)
    .max(MAX_OVERLAP)
    .default(0)
    .describe('How long the secret before stays good'),
  expires_at: time.optional().describe('Left out: as before'),
});

export type KeyRotation = z.output<typeof keyRotation>;
