import { parse, Problem } from '@gatehouse/http';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../../admin/admin-api.js';
import { ConfigObjects } from '../../configuration/config-objects.service.js';
import type { JsonObject } from '../../wire/json.js';
import { type AiPromptDefinition, versionName } from './ai-prompt-definition.js';
import { Prompt, type PromptVersion, renderPrompt } from './prompt.js';

const dryRun = z.strictObject({
  variables: z.looseObject({}).default({}),
  version: versionName.optional().describe('Left out: the one that `caller` gets'),
  caller: z.string().max(500).default('').describe('As versions are given to callers: user:<subject>'),
});

/** `POST /admin/v1/ai-prompts/{name}/dry-run`: what a model would be asked. Nobody is asked. */
@Controller('admin/v1/ai-prompts/:name')
@AdminApi()
export class AiPromptsController {
  constructor(private readonly objects: ConfigObjects) {}

  @Post('dry-run')
  @HttpCode(200)
  async dryRun(@Param('name') name: string, @Body() body: unknown) {
    const { definition } = await this.objects.read('ai-prompts', name);
    const { variables, version: named, caller } = parse(dryRun, body ?? {});
    const prompt = new Prompt(definition as AiPromptDefinition);
    const version = named === undefined ? prompt.versionFor(caller) : prompt.version(named);
    return {
      version: demand(version).version,
      request: filled(prompt, demand(version), variables as JsonObject),
    };
  }
}

function demand(version: PromptVersion | undefined): PromptVersion {
  if (version) return version;
  throw unusable([{ pointer: '/version', detail: 'is no version of this prompt' }]);
}

function filled(prompt: Prompt, version: PromptVersion, variables: JsonObject): JsonObject {
  const faults = prompt.variables.faults(variables);
  if (faults.length > 0) throw unusable(faults);
  return renderPrompt(version, prompt.variables.texts(variables));
}

function unusable(errors: { pointer: string; detail: string }[]): Problem {
  return new Problem(422, 'Some members of the request cannot be used.', { errors });
}
