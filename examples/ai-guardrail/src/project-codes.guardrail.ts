import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import {
  AiGuardrail,
  type AiGuardrailType,
  type Finding,
  type FindingGuardrail,
} from '../../../apps/gateway/src/extension.js';

const settings = z.strictObject({
  prefix: z
    .string()
    .regex(/^[A-Z]{2,5}$/)
    .describe('What codes of projects begin with'),
});

type ProjectCodes = z.output<typeof settings>;

/** `{"type": "project_codes", "settings": {"prefix": "ORN"}}`: names of projects that nobody outside knows, as ORN-1234. */
@Injectable()
@AiGuardrail('project_codes')
export class ProjectCodesGuardrail implements AiGuardrailType<ProjectCodes> {
  readonly settings: z.ZodType<ProjectCodes> = settings;

  make({ prefix }: ProjectCodes): FindingGuardrail {
    const code = new RegExp(`\\b${prefix}-\\d{4}\\b`, 'g');
    return {
      find: (text): Finding[] =>
        [...text.matchAll(code)].map(({ 0: said, index }) => ({
          start: index,
          end: index + said.length,
          label: 'PROJECT',
        })),
    };
  }
}

@Module({ providers: [ProjectCodesGuardrail] })
export class ProjectCodesModule {}
