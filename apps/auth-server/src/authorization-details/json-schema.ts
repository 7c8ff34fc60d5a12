import { z } from 'zod';

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * A JSON Schema of one type of detail, as a check. Members that it does not name are refused unless it says
 * `additionalProperties` (RFC 9396 §5); `type` it need not name.
 * @throws Error when it is no JSON Schema that can be checked here
 */
export function compileSchema(type: string, schema: JsonSchema): z.ZodType {
  const properties = { ...(schema.properties as object | undefined), type: { const: type } };
  const required = [...((schema.required as string[] | undefined) ?? []), 'type'];
  const whole = { additionalProperties: false, ...schema, type: 'object', properties, required };
  return z.fromJSONSchema(whole as Parameters<typeof z.fromJSONSchema>[0]);
}
