import { isObject, type JsonObject, type JsonValue, objectsOf, textOf } from '../../wire/json.js';
import { currentInterfaces, isCurrent, isLegacy } from './read-card.js';

/** What the gateway says in place of the agent. */
export interface CardFront {
  /** Where callers reach the agent. */
  readonly url: string;
  /** Issuers whose tokens are taken. */
  readonly issuers: readonly string[];
  /** What tokens must allow. */
  readonly scopes: readonly string[];
  readonly hasSkill: (id: string) => boolean;
  /** Whether callers are known, to whom an extended card may be shown. */
  readonly isGuarded: boolean;
}

const KEPT = ['name', 'description', 'version', 'defaultInputModes', 'defaultOutputModes'];
const SKILL_MEMBERS = ['id', 'name', 'description', 'tags', 'examples', 'inputModes', 'outputModes'];

/**
 * The card as callers of the gateway read it: addresses and security are the gateway's, and what is not known is left out.
 * A signature would no longer be of what is said (A2A 1.0 §8.4), and goes.
 */
export function rewriteCard(card: JsonObject, front: CardFront): JsonObject {
  const isNew = isCurrent(card);
  return {
    ...pick(card, KEPT),
    ...links(card),
    capabilities: capabilitiesOf(card, isNew, front),
    skills: objectsOf(card.skills)
      .filter(({ id }) => typeof id === 'string' && front.hasSkill(id))
      .map((skill) => pick(skill, SKILL_MEMBERS)),
    ...(isNew && { supportedInterfaces: interfaces(card, front) }),
    ...(isLegacy(card) && legacyMembers(card, front)),
    ...securityOf(front, isNew),
  };
}

function interfaces(card: JsonObject, { url }: CardFront): JsonObject[] {
  return currentInterfaces(card).map(({ version, tenant }) => ({
    url,
    protocolBinding: 'JSONRPC',
    protocolVersion: version,
    ...(tenant !== undefined && { tenant }),
  }));
}

function legacyMembers(card: JsonObject, { url, isGuarded }: CardFront): JsonObject {
  return {
    url,
    preferredTransport: 'JSONRPC',
    protocolVersion: textOf(card.protocolVersion) ?? '0.3.0',
    supportsAuthenticatedExtendedCard: isGuarded && card.supportsAuthenticatedExtendedCard === true,
  };
}

function capabilitiesOf({ capabilities }: JsonObject, isNew: boolean, { isGuarded }: CardFront): JsonObject {
  const { streaming, extensions, stateTransitionHistory, extendedAgentCard } = isObject(capabilities)
    ? capabilities
    : {};
  return {
    streaming: streaming === true,
    pushNotifications: false,
    ...(Array.isArray(extensions) && { extensions }),
    ...(isNew && { extendedAgentCard: isGuarded && extendedAgentCard === true }),
    ...(typeof stateTransitionHistory === 'boolean' && { stateTransitionHistory }),
  };
}

/** Callers find all that OAuth needs by the metadata of the issuers. */
function securityOf({ issuers, scopes }: CardFront, isNew: boolean): JsonObject {
  if (issuers.length === 0) return {};
  const named = issuers.map((issuer, index) => {
    const openIdConnectUrl = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    return [index === 0 ? 'gatehouse' : `gatehouse_${index + 1}`, openIdConnectUrl] as const;
  });
  const schemes = named.map(([name, openIdConnectUrl]): [string, JsonObject] => [
    name,
    isNew
      ? { openIdConnectSecurityScheme: { openIdConnectUrl } }
      : { type: 'openIdConnect', openIdConnectUrl },
  ]);
  // Each is enough by itself.
  const requirements = named.map(([name]): JsonValue =>
    isNew ? { schemes: { [name]: { list: scopes } } } : { [name]: scopes },
  );
  return {
    securitySchemes: Object.fromEntries(schemes),
    [isNew ? 'securityRequirements' : 'security']: requirements,
  };
}

function links({ documentationUrl, iconUrl, provider }: JsonObject): JsonObject {
  const organization = isObject(provider) ? textOf(provider.organization) : undefined;
  const url = isObject(provider) ? provider.url : undefined;
  return {
    ...(isWebUrl(documentationUrl) && { documentationUrl }),
    ...(isWebUrl(iconUrl) && { iconUrl }),
    ...(organization !== undefined && { provider: { organization, url: isWebUrl(url) ? url : '' } }),
  };
}

function isWebUrl(url: unknown): url is string {
  return typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function pick(from: JsonObject, members: readonly string[]): JsonObject {
  return Object.fromEntries(
    members.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])),
  );
}
