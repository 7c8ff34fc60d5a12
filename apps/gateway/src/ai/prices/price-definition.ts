import { z } from 'zod';

const dollars = z.number().min(0).max(1_000_000);

/** What a model costs, in place of what the table of prices says. */
export const price = z
  .strictObject({
    input: dollars.describe('US dollars for a million tokens of input'),
    output: dollars.describe('The same for output'),
    cache_read: dollars
      .optional()
      .describe("Of input that is read from the provider's cache; left out: as input"),
    cache_write: dollars.optional().describe('Of input that is written into it; left out: as input'),
    cache_write_1h: dollars.optional().describe('The same for an hour; left out: as cache_write'),
  })
  .describe('Left out: what the table of prices says');

export type Price = z.output<typeof price>;
