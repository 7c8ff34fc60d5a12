import { plainAnswers } from './plain-answers.js';
import type { PolicyHooks } from './policy.js';

type Having<Name extends keyof PolicyHooks> = PolicyHooks & Required<Pick<PolicyHooks, Name>>;

/** Policies in their order, sorted by what they hook into; a list is undefined where nobody does. */
export interface PolicyChain {
  readonly arrival: readonly Having<'onArrival'>[] | undefined;
  readonly request: readonly Having<'onRequest'>[] | undefined;
  readonly requestBody: readonly Having<'onRequestBody'>[] | undefined;
  readonly requestStream: readonly Having<'onRequestStream'>[] | undefined;
  readonly response: readonly Having<'onResponse'>[] | undefined;
  readonly responseBody: readonly Having<'onResponseBody'>[] | undefined;
  readonly responseStream: readonly Having<'onResponseStream'>[] | undefined;
  readonly error: readonly Having<'onError'>[] | undefined;
  readonly finish: readonly Having<'onFinish'>[] | undefined;
  /** Whether one of them answers preflights. */
  readonly preflights: boolean;
  /** The policies before this one: they alone see an answer that it gives in place of what comes after it. */
  outside(policy: PolicyHooks): PolicyChain;
  /** The same without those that look into bodies: what an error of the gateway's own goes through. */
  readonly heads: PolicyChain;
}

const BODY_LIMIT = 1_048_576;

/** @param policies in the order in which they meet the request */
export function compileChain(policies: readonly PolicyHooks[]): PolicyChain {
  const having = <Name extends keyof PolicyHooks>(name: Name, among = policies) => {
    const found = among.filter((one): one is Having<Name> => one[name] !== undefined);
    return found.length > 0 ? found : undefined;
  };
  const backwards = <Name extends keyof PolicyHooks>(name: Name) => having(name)?.reverse();
  const responseBody = backwards('onResponseBody');
  const outside = new Map<PolicyHooks, PolicyChain>();
  const outsideOf = (policy: PolicyHooks): PolicyChain => {
    const known = outside.get(policy);
    if (known) return known;
    const index = policies.indexOf(policy);
    const before = index < 0 ? chain : compileChain(policies.slice(0, index));
    outside.set(policy, before);
    return before;
  };
  const lists = {
    arrival: having('onArrival'),
    request: having('onRequest', responseBody ? [...policies, plainAnswers(responseBody)] : policies),
    requestBody: having('onRequestBody'),
    requestStream: having('onRequestStream'),
    response: backwards('onResponse'),
    error: backwards('onError'),
    finish: having('onFinish'),
    preflights: policies.some((one) => one.answersPreflights),
    outside: outsideOf,
  };
  const heads: PolicyChain = {
    ...lists,
    responseBody: undefined,
    responseStream: undefined,
    get heads() {
      return heads;
    },
  };
  const chain: PolicyChain = { ...lists, responseBody, responseStream: backwards('onResponseStream'), heads };
  return chain;
}

export const NO_POLICIES = compileChain([]);

/** The largest body that these policies read whole, in bytes. */
export function bodyLimitOf(readers: readonly PolicyHooks[]): number {
  return Math.max(...readers.map(({ bodyLimit = BODY_LIMIT }) => bodyLimit));
}
