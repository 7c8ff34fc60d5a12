import type { SecretBox } from '@gatehouse/token';
import {
  type AiProviderDefinition,
  type AiProviderKeyDefinition,
  SHOWN_CHARACTERS,
} from './ai-provider-definition.js';
import { type AiProviderType, parseSettings } from './ai-provider.js';

/** A shorter key would be half told by what is shown of it. */
const SHOWN_FROM = 16;

/** Where keys go. */
export interface Place extends Pick<AiProviderDefinition, 'type' | 'base_url'> {
  /** Which settings make. */
  readonly addresses: readonly (string | null)[];
}

/** @param type undefined: nobody knows it, and so nothing goes anywhere */
export function placeOf(definition: AiProviderDefinition, type: AiProviderType | undefined): Place {
  const { base_url, settings } = definition;
  const parsed = type?.addressesOf && parseSettings(type, settings).data;
  const addresses = parsed === undefined ? [] : type!.addressesOf!(parsed);
  return { type: definition.type, base_url, addresses: addresses.map((address) => address ?? null) };
}

/** Encrypts a key. It opens only for the place it was given for, whoever changes the address afterwards. */
export function sealKey({ name, key }: AiProviderKeyDefinition, place: Place, box: SecretBox) {
  return {
    name,
    prefix: key!.length < SHOWN_FROM ? '' : key!.slice(0, SHOWN_CHARACTERS),
    sealed: box.seal(key!, contextOf(name, place)),
  };
}

/** @throws when it was sealed under another GATEHOUSE_SECRET, or for another place */
export function openKey({ name, sealed }: AiProviderKeyDefinition, place: Place, box: SecretBox): string {
  return box.open(sealed ?? '', contextOf(name, place));
}

/** Whether keys for one place may be used at another: whoever may change an address, and not read the keys, must not get them. */
export function isSamePlace(one: Place, other: Place): boolean {
  return contextOf('', one) === contextOf('', other);
}

function contextOf(name: string, { type, base_url, addresses }: Place): string {
  return JSON.stringify([type, base_url ?? null, name, ...addresses]);
}
