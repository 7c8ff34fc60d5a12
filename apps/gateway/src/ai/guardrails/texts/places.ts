/** Where something stands in a body: a chain of names from the root. */
export interface Place {
  readonly parent: Place | undefined;
  readonly name: string | number;
  /** The member that it is of; items of a list are of the list's. */
  readonly member: string;
  /** Whether the caller, a tool or a model made up the members around it: then all of it is text. */
  readonly isFree: boolean;
  /** The `type` of the object that it is in. */
  readonly type: string | undefined;
}

/**
 * `text`: a model sees it, or wrote it. `structure`: a word of the API. `json`: text of JSON. `unreadable`: no text.
 * `reference`: a text that stands for something else, which is not there.
 */
export type Kind = 'text' | 'structure' | 'json' | 'unreadable' | 'reference';

/** Members with whatever the caller, a tool or a model likes: of all dialects. `input` is that of a tool, where it is an object. */
const FREE_FORM: ReadonlySet<string> = new Set([
  'args',
  'input',
  'input_schema',
  'metadata',
  'parameters',
  'parametersJsonSchema',
  'parameters_json_schema',
  'response',
  'responseJsonSchema',
  'responseSchema',
  'response_json_schema',
  'response_schema',
  'schema',
  'variables',
]);

export function isFreeForm(member: string, firstSign: string): boolean {
  return firstSign === '{' && FREE_FORM.has(member);
}

/** Names of members, as all APIs write theirs; others were made up by somebody. */
const STRUCTURAL = /^[A-Za-z_$][A-Za-z0-9_$.-]{0,63}$/;

export function isStructural(name: string): boolean {
  return STRUCTURAL.test(name);
}

/** Words of the APIs, marks of providers, and what a provider signed: no model sees them, and changed they are of no use. */
const STRUCTURE: ReadonlySet<string> = new Set([
  'call_id',
  'created',
  'encrypted_content',
  'finishReason',
  'finish_reason',
  'id',
  'item_id',
  'media_type',
  'mimeType',
  'mime_type',
  'model',
  'modelVersion',
  'object',
  'responseId',
  'role',
  'service_tier',
  'signature',
  'status',
  'stop_reason',
  'system_fingerprint',
  'thoughtSignature',
  'thought_signature',
  'tool_call_id',
  'tool_use_id',
  'type',
]);

/** Bytes in base64. */
const BINARY: ReadonlySet<string> = new Set(['b64_json', 'bytesBase64Encoded', 'data', 'file_data']);
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}\s*$/;
const DATA_URL = /^data:/i;

/** What is somewhere else: files, pictures, earlier answers, prompts that a provider keeps. */
const REFERENCES: ReadonlySet<string> = new Set([
  'cachedContent',
  'cached_content',
  'conversation',
  'fileUri',
  'file_id',
  'file_uri',
  'file_url',
  'image_url',
  'previous_response_id',
]);
const ADDRESS_WITHIN: ReadonlySet<string | number> = new Set(['image_url', 'source']);

/** What a string is. */
export function kindOf(text: string, place: Place): Kind {
  const { member, isFree } = place;
  if (isFree) return 'text';
  if (isElsewhere(text, place)) return DATA_URL.test(text) ? 'unreadable' : 'reference';
  if (BINARY.has(member) && BASE64.test(text)) return isWithheld(place) ? 'structure' : 'unreadable';
  if (BINARY.has(member) && DATA_URL.test(text)) return 'unreadable';
  if (STRUCTURE.has(member)) return 'structure';
  return member === 'arguments' ? 'json' : 'text';
}

function isElsewhere(text: string, { member, parent, name }: Place): boolean {
  if (REFERENCES.has(member)) return true;
  if (name === 'url') return ADDRESS_WITHIN.has(parent!.name);
  if (name === 'id') return parent!.name === 'prompt' || parent!.name === 'conversation';
  return name === 'type' && text === 'item_reference';
}

/** Thoughts that a provider does not tell, and wants back. */
function isWithheld({ type }: Place): boolean {
  return type === 'redacted_thinking';
}

/** Numbers where text belongs are tokens. */
export function isTokens({ name, member, isFree, parent }: Place): boolean {
  return (
    !isFree && typeof name === 'number' && (member === 'input' || member === 'prompt') && parent !== undefined
  );
}
