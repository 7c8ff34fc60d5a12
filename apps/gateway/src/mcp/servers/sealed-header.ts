import type { SecretBox } from '@gatehouse/token';
import type { HeaderAuth, McpServerDefinition } from './mcp-server-definition.js';

type Place = Pick<McpServerDefinition, 'url'>;

/** Encrypts the secret. It opens only for the address it was given for, whoever changes that afterwards. */
export function sealHeader({ type, name, value }: HeaderAuth, place: Place, box: SecretBox): HeaderAuth {
  return { type, name, sealed: box.seal(value!, contextOf(name, place)) };
}

/** @throws when it was sealed under another GATEHOUSE_SECRET, or for another place */
export function openHeader({ name, sealed = '' }: HeaderAuth, place: Place, box: SecretBox): string {
  return box.open(sealed, contextOf(name, place));
}

function contextOf(name: string, { url }: Place): string {
  return JSON.stringify([url, name]);
}
