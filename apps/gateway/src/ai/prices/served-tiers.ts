import { type JsonObject, textOf } from '../../wire/json.js';
import type { ServiceTier } from './service-tiers.js';

/** How a provider says that it served a call, by the members of requests that have a price of their own. */
export type ServedTiers = Readonly<Record<string, string>>;

/** Longer than any that there is. */
const MAX_NAME = 63;
const UNKNOWN = 'not_available';

/** What it costs no more to be served by than the price says, where no factor does. */
const PLAIN: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'standard',
  'standard_only',
  'global',
  'flex',
]);

/** @param said where the answer says it @returns undefined where it says nothing */
export function readTiers(
  said: JsonObject | undefined,
  ...members: readonly string[]
): ServedTiers | undefined {
  let tiers: Record<string, string> | undefined;
  for (const member of members) {
    const name = textOf(said?.[member]);
    if (name && name !== UNKNOWN && name.length <= MAX_NAME) (tiers ??= {})[member] = name;
  }
  return tiers;
}

/**
 * By how much the price of a call is to be multiplied: as it was served, where the provider says so and it is known what that
 * costs, and else as it was asked for.
 * @param factors of the target, by the names of tiers
 */
export function servedFactor(
  asked: readonly ServiceTier[],
  served: ServedTiers = {},
  factors: Readonly<Record<string, number>> = {},
): number {
  const members = new Set([...asked.map(({ member }) => member), ...Object.keys(served)]);
  let product = 1;
  for (const member of members) {
    const wanted = asked.find((one) => one.member === member);
    product *= factorOfTier(served[member], factors) ?? factorOfTier(wanted?.name, factors) ?? 1;
  }
  return product;
}

function factorOfTier(
  name: string | undefined,
  factors: Readonly<Record<string, number>>,
): number | undefined {
  if (name === undefined) return undefined;
  return Object.hasOwn(factors, name) ? factors[name] : PLAIN.has(name) ? 1 : undefined;
}
