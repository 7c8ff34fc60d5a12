import { z } from 'zod';
import { isObject, type JsonObject } from '../../wire/json.js';

/*
 * What clients read of the items of lists. One that is of another type than the specification has it costs them the whole
 * list: of one server, the items of all others. What only describes an item is left out then, and the item otherwise.
 */

const text = z.string().optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);

const icon = z.looseObject({
  src: z.string(),
  mimeType: z.string().optional(),
  sizes: z.array(z.string()).optional(),
  theme: z.enum(['light', 'dark']).optional(),
});

const described = {
  title: text,
  description: text,
  icons: z.array(icon).optional().catch(undefined),
  _meta: z.custom<JsonObject>(isObject).optional().catch(undefined),
};

/** MCP, Annotations. */
const annotations = z
  .looseObject({
    audience: z.array(z.enum(['user', 'assistant'])).optional(),
    priority: z.number().min(0).max(1).optional(),
    lastModified: z.iso.datetime({ offset: true }).optional(),
  })
  .optional()
  .catch(undefined);

const content = { ...described, annotations, mimeType: text, name: z.string() };

const argument = z.looseObject({ name: z.string(), title: text, description: text, required: flag });

/** A schema of JSON Schema whose root is an object. */
const objectSchema = z.looseObject({
  type: z.literal('object'),
  properties: z.record(z.string(), z.union([z.custom<JsonObject>(isObject), z.boolean()])).optional(),
  required: z.array(z.string()).optional(),
});

/** Before 2026-07-28, JSON Schema's `true` and `false` are no properties to clients. */
const olderObjectSchema = objectSchema.extend({
  properties: z.record(z.string(), z.custom<JsonObject>(isObject)).optional(),
});

const toolMembers = {
  ...described,
  annotations: z
    .looseObject({
      title: text,
      readOnlyHint: flag,
      destructiveHint: flag,
      idempotentHint: flag,
      openWorldHint: flag,
    })
    .optional()
    .catch(undefined),
};

export const TOOL = z.looseObject({
  ...toolMembers,
  inputSchema: objectSchema,
  outputSchema: z.looseObject({ $schema: z.string().optional() }).optional().catch(undefined),
});
export const OLDER_TOOL = z.looseObject({
  ...toolMembers,
  inputSchema: olderObjectSchema,
  outputSchema: olderObjectSchema.optional().catch(undefined),
});
export const RESOURCE = z.looseObject({ ...content, size: z.number().optional().catch(undefined) });
export const TEMPLATE = z.looseObject(content);
export const PROMPT = z.looseObject({ ...described, arguments: z.array(argument).optional() });

/** The item as clients read it; undefined: they could not. */
export function readItem(shape: z.ZodType<object>, item: JsonObject): JsonObject | undefined {
  return shape.safeParse(item).data as JsonObject | undefined;
}
