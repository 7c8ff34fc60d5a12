import { randomUUID } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../wire/json.js';
import { segmentsOf } from '../../policies/json/pointer.js';
import type { OperationTool } from './operation-tool.js';
import { select } from './select.js';

/** What an API answered. */
export interface OperationAnswer {
  readonly status: number;
  /** In lower case, without parameters. */
  readonly contentType: string;
  readonly body: Buffer;
}

type Shaping = Pick<OperationTool, 'select' | 'checkAnswer'>;

/**
 * The answer of an API as the result of a tool. What is longer than the bound is cut, and says so.
 * @param maxResult bytes
 */
export function resultOf(answer: OperationAnswer, tool: Shaping, maxResult: number): JsonObject {
  const { status, contentType, body } = answer;
  if (status < 200 || status > 299) {
    const told = body.length > 0 && isText(contentType, body) ? cut(body.toString(), maxResult) : [];
    return errorResult(`The API answered ${status}.`, told);
  }
  if (tool.checkAnswer) return structured(answer, tool.checkAnswer, maxResult);
  if (body.length === 0) return { content: [text(`The API answered ${status}, without a body.`)] };
  if (!isText(contentType, body)) return binary(contentType, body, maxResult);
  if (!tool.select || !isJson(contentType)) return { content: cut(body.toString(), maxResult) };
  const parsed = parse(body);
  if (!parsed) return errorResult('The API answered JSON that cannot be read.');
  const chosen = select(parsed.value, tool.select.map(segmentsOf));
  return { content: cut(JSON.stringify(chosen ?? null), maxResult) };
}

/** What went wrong, for the model to read. */
export function errorResult(message: string, more: readonly JsonObject[] = []): JsonObject {
  return { content: [text(message), ...more], isError: true };
}

/** MCP, Output Schema: what is structured conforms to it, so nothing may be cut. */
function structured(
  { contentType, body }: OperationAnswer,
  check: OperationTool['checkAnswer'],
  maxResult: number,
): JsonObject {
  const parsed = isJson(contentType) ? parse(body) : undefined;
  const faults = parsed ? check!(parsed.value) : [];
  if (!parsed || faults.length > 0) {
    const where = faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ');
    return errorResult(
      `The API answered what its description does not have${where && `: ${where.slice(0, 500)}`}.`,
    );
  }
  if (body.length > maxResult)
    return errorResult(`The answer is too large: ${body.length} bytes, more than ${maxResult}.`);
  return { content: [text(body.toString())], structuredContent: parsed.value };
}

function binary(contentType: string, body: Buffer, maxResult: number): JsonObject {
  if (body.length > maxResult) {
    return errorResult(
      `The API answered ${body.length} bytes of ${contentType || 'no type'}: more than ${maxResult}.`,
    );
  }
  const data = body.toString('base64');
  const [kind] = contentType.split('/', 1);
  if (kind === 'image' || kind === 'audio') return { content: [{ type: kind, data, mimeType: contentType }] };
  const mimeType = contentType || 'application/octet-stream';
  return {
    content: [{ type: 'resource', resource: { uri: `urn:uuid:${randomUUID()}`, mimeType, blob: data } }],
  };
}

function cut(whole: string, maxResult: number): JsonObject[] {
  const bytes = Buffer.from(whole);
  if (bytes.length <= maxResult) return [text(whole)];
  // No character is cut in two.
  const kept = new TextDecoder().decode(bytes.subarray(0, maxResult), { stream: true });
  return [
    text(kept),
    text(`The answer was cut here: it has ${bytes.length} bytes, of which these are the first ${maxResult}.`),
  ];
}

function text(value: string): JsonObject {
  return { type: 'text', text: value };
}

function isJson(type: string): boolean {
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json');
}

function isText(type: string, body: Buffer): boolean {
  if (
    /^text\/|^application\/(?:json|xml|yaml|javascript|x-www-form-urlencoded|x-ndjson)$|\+(?:json|xml|yaml)$/.test(
      type,
    )
  )
    return true;
  return type === '' && !body.includes(0);
}

function parse(body: Buffer): { readonly value: JsonValue } | undefined {
  try {
    return { value: JSON.parse(body.toString()) as JsonValue };
  } catch {
    return undefined;
  }
}
