import { createHash } from 'node:crypto';
import type { JsonObject } from '../../wire/json.js';
import { closedSchema } from '../dialects/closed-schema.js';
import type { AiPromptDefinition, PromptVersionDefinition } from './ai-prompt-definition.js';
import { filledLength, fillTemplate, parseTemplate, type Piece } from './template.js';
import { Variables } from './variables.js';

/** A version of a prompt, ready to be filled. */
export interface PromptVersion extends Pick<
  PromptVersionDefinition,
  'version' | 'weight' | 'model' | 'parameters'
> {
  readonly messages: readonly { readonly role: string; readonly content: readonly Piece[] }[];
  readonly responseFormat: JsonObject | undefined;
}

/** A prompt ready to be called. */
export class Prompt {
  readonly name: string;
  readonly variables: Variables;
  private readonly versions: readonly PromptVersion[];
  private readonly weights: number;

  constructor({ name, variables, versions }: AiPromptDefinition) {
    this.name = name;
    this.variables = new Variables(variables);
    this.versions = versions.map((one) => versionOf(name, one));
    this.weights = versions.reduce((sum, { weight }) => sum + weight, 0);
  }

  version(name: string): PromptVersion | undefined {
    return this.versions.find(({ version }) => version === name);
  }

  /** The same for the same caller, as long as weights stay as they are; where they change, for most callers. */
  versionFor(who: string): PromptVersion {
    const hash = createHash('sha256').update(`${this.name}\n${who}`).digest().readUInt32BE();
    let point = (hash / 2 ** 32) * this.weights;
    return this.versions.find(({ weight }) => (point -= weight) < 0) ?? this.versions.at(-1)!;
  }
}

/**
 * What a model is asked, in OpenAI's dialect. Values are put into the texts of messages that are there already: there is no
 * text of a request that they could break out of.
 */
export function renderPrompt(
  { messages, model, parameters, responseFormat }: PromptVersion,
  values: ReadonlyMap<string, string>,
): JsonObject {
  return {
    model,
    messages: messages.map(({ role, content }) => ({ role, content: fillTemplate(content, values) })),
    ...parameters,
    ...(responseFormat === undefined ? {} : { response_format: responseFormat }),
  };
}

/** Of its messages together, in UTF-16 code units. */
export function renderedLength({ messages }: PromptVersion, values: ReadonlyMap<string, string>): number {
  return messages.reduce((sum, { content }) => sum + filledLength(content, values), 0);
}

function versionOf(prompt: string, definition: PromptVersionDefinition): PromptVersion {
  const { version, weight, model, parameters, messages, response_schema: schema } = definition;
  const format = { name: prompt, schema: schema && closedSchema(schema as JsonObject), strict: true };
  return {
    version,
    weight,
    model,
    parameters,
    messages: messages.map(({ role, content }) => ({ role, content: parseTemplate(content) })),
    responseFormat: schema && { type: 'json_schema', json_schema: format },
  };
}
