import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { type ConfigKind, type Configuration, Configured } from '../../configuration/config-kind.js';
import { AiModelKind } from '../models/ai-model.kind.js';
import {
  type AiPromptDefinition,
  aiPromptDefinition,
  type PromptVersionDefinition,
} from './ai-prompt-definition.js';
import { parseTemplate, TemplateError } from './template.js';
import { schemaFault } from './variables.js';

/** `/admin/v1/ai-prompts`: prompts that are called as APIs. */
@Injectable()
@Configured('ai-prompts')
export class AiPromptKind implements ConfigKind<AiPromptDefinition> {
  readonly singular = 'AI prompt';
  readonly schema = aiPromptDefinition;

  constructor(private readonly models: AiModelKind) {}

  faults({ variables, versions }: AiPromptDefinition, configuration: Configuration): FieldFault[] {
    const models = configuration.of(this.models);
    const declared = new Set(Object.keys(variables));
    return [
      ...Object.entries(variables).flatMap(([name, schema]) => at(`/variables/${name}`, schemaFault(schema))),
      ...versions.flatMap((version, index) => {
        const isKnown = models.has(version.model);
        return [
          ...at(`/versions/${index}/model`, isKnown ? undefined : 'names no AI model: create it first'),
          ...versionFaults(version, declared, `/versions/${index}`),
        ];
      }),
    ];
  }
}

function versionFaults(
  { messages, response_schema: schema }: PromptVersionDefinition,
  declared: ReadonlySet<string>,
  pointer: string,
): FieldFault[] {
  return [
    ...messages.flatMap(({ content }, index) =>
      at(`${pointer}/messages/${index}/content`, templateFault(content, declared)),
    ),
    ...at(`${pointer}/response_schema`, schema && schemaFault(schema)),
  ];
}

function templateFault(template: string, declared: ReadonlySet<string>): string | undefined {
  try {
    const unknown = parseTemplate(template).find(
      (piece) => 'variable' in piece && !declared.has(piece.variable),
    );
    if (!unknown || !('variable' in unknown)) return undefined;
    return `has {{${unknown.variable}}}, which is no variable of this prompt: declare it in /variables`;
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}

function at(pointer: string, detail: string | undefined): FieldFault[] {
  return detail === undefined ? [] : [{ pointer, detail }];
}
