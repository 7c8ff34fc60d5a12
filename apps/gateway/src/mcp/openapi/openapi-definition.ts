import { z } from 'zod';
import { jsonPointer } from '../../policies/json/pointer.js';

const MIB = 1_024 * 1_024;

const operation = z
  .strictObject({
    operation: z
      .string()
      .min(1)
      .max(1_000)
      .describe('Its operationId, or its method and path as the document has them: GET /orders/{id}'),
    name: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 of A-Z, a-z, 0-9, _, . and -')
      .optional()
      .describe('Of the tool; left out: the operationId, or method and path, with _ for what fits no name'),
    description: z
      .string()
      .min(1)
      .max(4_000)
      .optional()
      .describe('What the model reads; left out: summary and description of the document'),
    read_only: z
      .boolean()
      .optional()
      .describe('Whether it changes nothing; left out: GET, HEAD and QUERY do not'),
    select: z
      .array(jsonPointer.refine((text) => !text.includes('/**'), 'must not have **'))
      .min(1)
      .max(100)
      .optional()
      .describe('What of a JSON answer is kept: JSON pointers, * for each member or item; left out: all'),
    structured: z
      .boolean()
      .default(false)
      .describe('Offers the schema of the answer, and structuredContent; other answers are errors then'),
  })
  .refine(({ select, structured }) => !(select && structured), {
    path: ['structured'],
    message: 'cannot be with select: what is left is not as the document says',
  });

/** An HTTP API whose operations are tools, by its OpenAPI document. */
export const openApi = z
  .strictObject({
    api: z.string().max(63).optional().describe('The API of the configuration whose document it is'),
    document: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('OpenAPI 3.0 or 3.1, in place of `api`; its servers and security schemes are not looked at'),
    upstream: z
      .string()
      .max(63)
      .optional()
      .describe('The upstream of the configuration that is called; left out: the server of `url`'),
    operations: z.array(operation).min(1).max(500).describe('Those that are tools'),
    max_result: z
      .int()
      .min(256)
      .max(16 * MIB)
      .default(65_536)
      .describe('Bytes of a result; longer texts are cut, and what cannot be cut is an error'),
  })
  .refine(({ api, document }) => (api === undefined) !== (document === undefined), {
    path: ['api'],
    message: 'give either api or document',
  });

export type OpenApiDefinition = z.output<typeof openApi>;
export type ChosenOperation = OpenApiDefinition['operations'][number];
