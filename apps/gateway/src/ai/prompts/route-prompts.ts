import type { Call } from '../../calls/call.js';
import { namedCaller, namedUser } from '../../throttling/limit-subject.js';
import { AiProblem } from '../errors/ai-problem.js';
import type { AiModel } from '../models/ai-models.service.js';
import { mayCall } from '../models/may-call.js';
import { type Prompt, type PromptVersion, renderedLength, renderPrompt } from './prompt.js';
import { readPromptCall } from './prompt-call.js';

/** What a call of a prompt asks, and of whom. */
export interface Prompted {
  readonly version: string;
  readonly model: AiModel;
  /** As OpenAI's chat has it. */
  readonly body: Buffer;
}

/** The prompts that a route publishes. */
export class RoutePrompts {
  /** @param models all of the configuration, by name */
  constructor(
    private readonly prompts: ReadonlyMap<string, Prompt>,
    private readonly models: ReadonlyMap<string, AiModel>,
  ) {}

  /**
   * Fills a prompt with what the caller says.
   * @param sent the body of the call
   * @param maxLength of what the model is asked, in UTF-16 code units
   * @throws AiProblem 404 where there is no such prompt or version, 400 where the variables do not fit, 413 where it is too much
   */
  ask(name: string, sent: Buffer, call: Call, maxLength: number): Prompted {
    const prompt = this.prompts.get(name);
    if (!prompt) throw noPrompt(name);
    const { variables, stream, version: named } = readPromptCall(sent);
    const version = versionOf(prompt, named, call);
    // One that may not be called is told of no more than one that does not exist.
    if (!mayCall(call, version.model)) throw noPrompt(name);
    const [fault] = prompt.variables.faults(variables);
    if (fault) {
      const { pointer, detail } = fault;
      throw new AiProblem(400, `${pointer} ${detail}`, 'invalid_variables', { pointer });
    }
    const values = prompt.variables.texts(variables);
    if (renderedLength(version, values) > maxLength) throw tooLong(maxLength);
    const body = Buffer.from(JSON.stringify({ ...renderPrompt(version, values), stream }));
    return { version: version.version, model: this.models.get(version.model)!, body };
  }
}

function versionOf(prompt: Prompt, named: string | undefined, call: Call): PromptVersion {
  if (named === undefined) return prompt.versionFor(whoIs(call));
  const version = prompt.version(named);
  if (version) return version;
  const detail = `The prompt ${prompt.name} has no version ${JSON.stringify(named.slice(0, 32))}.`;
  throw new AiProblem(404, detail, 'version_not_found', { pointer: '/version' });
}

/** Who gets the same version each time. */
function whoIs(call: Call): string {
  return namedUser(call) ?? namedCaller(call) ?? `address:${call.ip}`;
}

function noPrompt(name: string): AiProblem {
  return new AiProblem(404, `The prompt ${name} does not exist, or you may not call it.`, 'prompt_not_found');
}

function tooLong(maxLength: number): AiProblem {
  const detail = `The prompt is longer than ${maxLength} characters when it is filled.`;
  return new AiProblem(413, detail, 'request_too_large');
}
