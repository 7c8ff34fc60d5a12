import { z } from 'zod';
import { a2aAgentName } from './a2a-agent-definition.js';

const MIB = 1_024 * 1_024;

/** What becomes of a route's calls where it is an A2A agent. */
export const a2aEnd = z.strictObject({
  agent: a2aAgentName.describe('The agent of the configuration that answers'),
  url: z
    .url({ protocol: /^https?$/ })
    .max(1_000)
    .optional()
    .describe(
      "The agent's address as callers know it; left out: the gateway's, with the path of the card's request",
    ),
  public_card: z
    .boolean()
    .default(true)
    .describe('Whether everybody may read its card, whatever the guards say'),
  max_body: z
    .int()
    .min(1_024)
    .max(64 * MIB)
    .default(4 * MIB)
    .describe('Bytes of a request; larger ones get 413'),
});

export type A2aEndDefinition = z.output<typeof a2aEnd>;
