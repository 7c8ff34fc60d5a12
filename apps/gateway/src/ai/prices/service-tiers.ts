import type { CallerDialectName } from '../dialects/dialect.js';
import type { AiTarget } from '../models/ai-target.js';
import { servedFactor } from './served-tiers.js';
import type { Asked } from '../requests/asked.js';

/** Members by which callers choose how they are served, and what costs no more than the price says. */
const TIERS: Readonly<Record<CallerDialectName, Readonly<Record<string, readonly string[]>>>> = {
  openai: { service_tier: ['auto', 'default', 'flex'] },
  openai_responses: { service_tier: ['auto', 'default', 'flex'] },
  mistral: { service_tier: ['auto', 'default'] },
  ollama: {},
  ollama_generate: {},
  anthropic: {
    service_tier: ['auto', 'standard_only'],
    speed: ['standard'],
    inference_geo: ['global'],
  },
  gemini: {
    serviceTier: ['unspecified', 'standard', 'flex'],
    service_tier: ['unspecified', 'standard', 'flex'],
  },
};

const TOLD_AS: Readonly<Record<string, string>> = { serviceTier: 'service_tier' };

/** What a caller wants that has another price, such as `priority`. */
export interface ServiceTier {
  /** The member, as answers name it. */
  readonly member: string;
  /** The member of the body, as a JSON pointer. */
  readonly pointer: string;
  readonly name: string;
}

/** @param factors those that are known of a target: a tier that is none dearer is one of them where it has a factor */
export function tiersOf(asked: Asked, factors: Factors = {}): readonly ServiceTier[] {
  return Object.entries(TIERS[asked.operation.dialect]).flatMap(([member, plain]) => {
    const value = asked.member(member);
    if (value === undefined || value === null) return [];
    const name = typeof value === 'string' ? value : JSON.stringify(value);
    const isPlain = plain.includes(name.toLowerCase()) && knownFactor(factors, name) === undefined;
    return isPlain ? [] : [{ member: TOLD_AS[member] ?? member, pointer: `/${member}`, name }];
  });
}

type Factors = Readonly<Record<string, number>>;

/** A tier called `constructor` has no factor just because every object has such a member. */
function knownFactor(factors: Factors, name: string): number | undefined {
  return Object.hasOwn(factors, name) ? factors[name] : undefined;
}

/** The tiers that have a price, or the one of which nobody knows that. */
export function pricedTiers(
  asked: Asked,
  { tiers: factors = {} }: Pick<AiTarget, 'tiers'>,
): readonly ServiceTier[] | ServiceTier {
  const tiers = tiersOf(asked, factors);
  return tiers.find(({ name }) => knownFactor(factors, name) === undefined) ?? tiers;
}

/** By how much a price is to be multiplied; or the tier of which nobody knows that. */
export function factorOf(asked: Asked, target: Pick<AiTarget, 'tiers'>): number | ServiceTier {
  const tiers = pricedTiers(asked, target);
  return isTier(tiers) ? tiers : servedFactor(tiers, {}, target.tiers);
}

export function isTier(tiers: readonly ServiceTier[] | ServiceTier): tiers is ServiceTier {
  return 'name' in tiers;
}
