import { isObject, type JsonObject, objectsOf, textOf } from '../../wire/json.js';
import type { A2aVersion } from '../protocol/methods.js';

/** The card is none, or says what cannot be used. */
export class UnusableCard extends Error {}

/** An interface that the gateway can speak to. */
export interface JsonRpcInterface {
  readonly url: string;
  readonly version: string;
  readonly tenant: string | undefined;
}

const MAX_SKILLS = 500;

/** A card that callers could read (A2A 1.0 §4.4.1, 0.3.0 §5.5). @throws UnusableCard */
export function readCard(card: JsonObject | undefined): JsonObject {
  if (!card) throw new UnusableCard('it is no object of JSON');
  for (const member of ['name', 'description', 'version']) {
    if (typeof card[member] !== 'string') throw new UnusableCard(`its ${member} is missing`);
  }
  if (!isObject(card.capabilities)) throw new UnusableCard('its capabilities are missing');
  if (!Array.isArray(card.skills) || card.skills.length > MAX_SKILLS)
    throw new UnusableCard(`it has no skills, or more than ${MAX_SKILLS}`);
  if (interfacesOf(card).length === 0) throw new UnusableCard('it has no JSON-RPC interface');
  return card;
}

export function isCurrent(card: JsonObject): boolean {
  return objectsOf(card.supportedInterfaces).length > 0;
}

export function isLegacy(card: JsonObject): boolean {
  return typeof card.url === 'string';
}

/** Those of JSON-RPC, the best one first. */
export function interfacesOf(card: JsonObject): JsonRpcInterface[] {
  return [...currentInterfaces(card), ...(isLegacy(card) ? legacyInterfaces(card) : [])];
}

/** Those that callers of A2A 1.0 read. */
export function currentInterfaces(card: JsonObject): JsonRpcInterface[] {
  const found = objectsOf(card.supportedInterfaces).filter((one) => one.protocolBinding === 'JSONRPC');
  return found.map((one) => ({
    url: textOf(one.url) ?? '',
    version: textOf(one.protocolVersion) ?? '1.0',
    tenant: textOf(one.tenant),
  }));
}

/** A2A 0.3.0 §5.5.5: JSON-RPC is what an agent speaks unless it says otherwise. */
function legacyInterfaces(card: JsonObject): JsonRpcInterface[] {
  const { preferredTransport = 'JSONRPC' } = card;
  const main = preferredTransport === 'JSONRPC' ? [card] : [];
  const others = objectsOf(card.additionalInterfaces).filter(({ transport }) => transport === 'JSONRPC');
  const version = textOf(card.protocolVersion) ?? '0.3.0';
  return [...main, ...others].map((one) => ({ url: textOf(one.url) ?? '', version, tenant: undefined }));
}

/** The interface of a version, or else the first. */
export function interfaceFor(card: JsonObject, version: A2aVersion): JsonRpcInterface {
  const all = interfacesOf(card);
  return all.find((one) => one.version === version || one.version.startsWith(`${version}.`)) ?? all[0]!;
}
