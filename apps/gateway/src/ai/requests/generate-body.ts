import { chatOfGenerate } from '../dialects/ollama/generate.dialect.js';
import type { JsonObject } from '../../wire/json.js';
import { refusal } from './asked.js';
import { BodyFault, JsonMembers } from './json-members.js';

/** A body of Ollama's `/api/generate` as one of its chat. @throws AiProblem 400 */
export function generateBody(body: Buffer): Buffer {
  try {
    // That no member is there twice, and that it is JSON, is looked at before it is written anew.
    const { bytes } = new JsonMembers(body);
    return Buffer.from(JSON.stringify(chatOfGenerate(parsed(bytes))));
  } catch (error) {
    throw refusal(error);
  }
}

function parsed(bytes: Buffer): JsonObject {
  try {
    return JSON.parse(bytes.toString()) as JsonObject;
  } catch {
    throw new BodyFault('The body is no JSON');
  }
}
