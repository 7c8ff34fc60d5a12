import type { CallLimits } from '../../throttling/call-limits.service.js';
import { ALL_OF_TEMPLATES, TEMPLATES, URIS } from '../resources/uri-matching.js';
import { accessOf } from './access-definition.js';
import { AccessRules } from './access-rules.js';
import type { McpServerDefinition } from './mcp-server-definition.js';

/** Who may use what of a server. */
export interface ServerRules {
  readonly tool: AccessRules;
  readonly prompt: AccessRules;
  readonly resource: AccessRules;
  /** Who sees a template. */
  readonly template: AccessRules;
  /** Who may be told what resources of a template there are. */
  readonly allOfTemplate: AccessRules;
}

export function serverRules(definition: McpServerDefinition, limits: CallLimits): ServerRules {
  const { name } = definition;
  const { tool, prompt, resource } = accessOf(definition);
  return {
    tool: new AccessRules(name, tool, limits),
    prompt: new AccessRules(name, prompt, limits),
    resource: new AccessRules(name, resource, limits, URIS),
    template: new AccessRules(name, resource, limits, TEMPLATES),
    allOfTemplate: new AccessRules(name, resource, limits, ALL_OF_TEMPLATES),
  };
}
