import { isObject, type JsonObject, parseObject, pointerToken } from '../../wire/json.js';
import { AiProblem } from '../errors/ai-problem.js';

/** What a caller says to a prompt. */
export interface PromptCall {
  readonly variables: JsonObject;
  readonly stream: boolean;
  /** Left out: the one that the caller is given. */
  readonly version: string | undefined;
}

const MEMBERS = new Set(['variables', 'stream', 'version']);

/** @throws AiProblem 400 */
export function readPromptCall(body: Buffer): PromptCall {
  const said = body.length === 0 ? {} : parseObject(body.toString());
  if (!said) throw refusal('The body is no JSON object');
  const unknown = Object.keys(said).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) {
    const pointer = `/${pointerToken(unknown.slice(0, 200))}`;
    throw refusal(`${pointer} is unknown: a prompt takes variables, stream and version`, pointer);
  }
  const { variables = {}, stream = false, version } = said;
  if (!isObject(variables)) throw refusal('/variables must be an object', '/variables');
  if (typeof stream !== 'boolean') throw refusal('/stream must be true or false', '/stream');
  if (version !== undefined && typeof version !== 'string')
    throw refusal('/version must be a string', '/version');
  return { variables, stream, version };
}

function refusal(detail: string, pointer?: string): AiProblem {
  return new AiProblem(400, detail, 'invalid_request', { pointer });
}
