import { JsonError, readJson } from '../../policies/json/read-json.js';
import { pointerToken, type JsonValue } from '../../wire/json.js';
import { AiProblem } from '../errors/ai-problem.js';
import type { Asked } from '../requests/asked.js';
import { FormMembers } from '../requests/form-members.js';
import { MAX_DEPTH } from '../requests/json-members.js';

const MAX_FILES = 1_000;

/** `file_ids` is of containers, in which code is run. */
const NAME = /^file_ids?$/;
/** A name may be written in escapes. */
const ESCAPED = /\\u00[2-7]/;
/** Whatever is in these is the caller's own. */
const FREE_FORM = new Set(['metadata', 'parameters', 'schema']);

/**
 * The files that a request names by their ids, each with the JSON pointer of where: in OpenAI's APIs, to which alone callers can
 * upload here.
 * @throws AiProblem 400 where readers could differ in which they are
 */
export function filesNamedIn({ operation: { dialect }, members }: Asked): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const isOpenAi = dialect === 'openai' || dialect === 'openai_responses';
  if (!isOpenAi || members instanceof FormMembers || !mayName(members.bytes)) return files;
  collect(read(members.bytes), '', '', files);
  if (files.size > MAX_FILES) throw new AiProblem(400, `More than ${MAX_FILES} files.`, 'invalid_request');
  return files;
}

function mayName(bytes: Buffer): boolean {
  return bytes.includes('file_id') || (bytes.includes('\\u00') && ESCAPED.test(bytes.toString('latin1')));
}

function read(bytes: Buffer): JsonValue {
  try {
    return readJson(bytes, MAX_DEPTH).value as JsonValue;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new AiProblem(
      400,
      `The body ${error.message}: which files it names depends on the reader.`,
      'invalid_request',
    );
  }
}

function collect(value: JsonValue, name: string, pointer: string, files: Map<string, string>): void {
  if (typeof value === 'string') {
    if (NAME.test(name)) files.set(value, pointer);
  } else if (Array.isArray(value)) {
    value.forEach((item: JsonValue, index) => collect(item, name, `${pointer}/${index}`, files));
  } else if (typeof value === 'object' && value !== null) {
    for (const [member, one] of Object.entries(value)) {
      if (!FREE_FORM.has(member)) collect(one!, member, `${pointer}/${pointerToken(member)}`, files);
    }
  }
}
