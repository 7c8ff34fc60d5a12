import type { SecretBox } from '@gatehouse/token';
import type { AiGuardrailDefinition } from './ai-guardrail-definition.js';

/** Takes the secrets out of settings, encrypted. One that is left out of a change stays as it is, with the same type. */
export function sealSettings(
  sent: AiGuardrailDefinition,
  before: AiGuardrailDefinition | undefined,
  secrets: readonly string[],
  box: SecretBox,
): AiGuardrailDefinition {
  const { sealed: _, ...definition } = sent;
  const known = before?.type === sent.type ? (before.sealed ?? {}) : {};
  const settings: Record<string, unknown> = { ...sent.settings };
  const sealed: Record<string, string> = {};
  for (const name of secrets) {
    const value = settings[name];
    if (typeof value === 'string') {
      sealed[name] = box.seal(value, contextOf(sent, name));
      delete settings[name];
    } else if (value === undefined && known[name] !== undefined) sealed[name] = known[name];
  }
  return { ...definition, settings, ...(Object.keys(sealed).length > 0 ? { sealed } : {}) };
}

/** @throws when they were sealed under another GATEHOUSE_SECRET, or for another guardrail */
export function openSettings(definition: AiGuardrailDefinition, box: SecretBox): Record<string, unknown> {
  const opened: Record<string, unknown> = { ...definition.settings };
  for (const [name, sealed] of Object.entries(definition.sealed ?? {})) {
    opened[name] = box.open(sealed, contextOf(definition, name));
  }
  return opened;
}

function contextOf({ type, name }: AiGuardrailDefinition, member: string): string {
  return JSON.stringify([type, name, member]);
}
