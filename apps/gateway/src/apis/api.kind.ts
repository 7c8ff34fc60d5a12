import { type FieldFault, Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { type ConfigKind, Configured, type Configuration } from '../configuration/config-kind.js';
import { Policies } from '../policies/policies.service.js';
import { compileDocument } from '../policies/validate/compile-document.js';
import type { OpenApiDocument } from '../policies/validate/openapi-document.js';
import { type ApiDefinition, apiDefinition, NEXT_STATES } from './api-definition.js';

/** `/admin/v1/apis`: what a team publishes, with its document, its policies and its state. */
@Injectable()
@Configured('apis')
export class ApiKind implements ConfigKind<ApiDefinition> {
  readonly singular = 'API';
  readonly schema: z.ZodType<ApiDefinition> = apiDefinition;

  constructor(private readonly policies: Policies) {}

  faults({ name, policies, document }: ApiDefinition): FieldFault[] {
    const place = { route: '', api: name, document: document ?? undefined };
    return [
      ...this.policies.faults(policies, '/policies', place),
      ...(document ? documentFaults(document) : []),
    ];
  }

  /** The document has an address of its own. */
  shown({ document, ...rest }: ApiDefinition): object {
    return { ...rest, has_document: !!document };
  }

  accept(sent: ApiDefinition, before: ApiDefinition | undefined): { kept: ApiDefinition } {
    if (before && sent.state !== before.state && !NEXT_STATES[before.state].includes(sent.state)) {
      const detail = `cannot become ${sent.state} from ${before.state}`;
      throw new Problem(409, `An API that is ${before.state} ${detail}.`, {
        errors: [{ pointer: '/state', detail }],
      });
    }
    const { document = before?.document, ...kept } = sent;
    if (kept.state === 'deprecated') kept.deprecated_at ??= before?.deprecated_at ?? new Date().toISOString();
    return { kept: document ? { ...kept, document } : kept };
  }

  /** Nobody can say whether it was to be served: its routes are closed. */
  standIn(name: string): ApiDefinition {
    return { name, version: '', state: 'draft', policies: [{ type: 'faulty API' }] };
  }

  find(name: string | undefined, configuration: Configuration): ApiDefinition | undefined {
    return name === undefined ? undefined : configuration.of<ApiDefinition>(this).get(name)?.definition;
  }
}

function documentFaults(document: Record<string, unknown>): FieldFault[] {
  if (!/^3\.[01]\.\d+/.test(String(document.openapi))) {
    return [{ pointer: '/document/openapi', detail: 'must be 3.0 or 3.1' }];
  }
  try {
    compileDocument(document as OpenApiDocument);
    return [];
  } catch (error) {
    return [{ pointer: '/document', detail: `cannot be used: ${(error as Error).message.slice(0, 300)}` }];
  }
}
