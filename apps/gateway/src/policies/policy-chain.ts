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
  /** The largest bodies that are read whole, in bytes. */
  readonly requestBodyLimit: number;
  readonly responseBodyLimit: number;
}

const BODY_LIMIT = 1_048_576;

/** @param policies in the order in which they meet the request */
export function compileChain(policies: readonly PolicyHooks[]): PolicyChain {
  const having = <Name extends keyof PolicyHooks>(name: Name) => {
    const found = policies.filter((one): one is Having<Name> => one[name] !== undefined);
    return found.length > 0 ? found : undefined;
  };
  const backwards = <Name extends keyof PolicyHooks>(name: Name) => having(name)?.reverse();
  return {
    arrival: having('onArrival'),
    request: having('onRequest'),
    requestBody: having('onRequestBody'),
    requestStream: having('onRequestStream'),
    response: backwards('onResponse'),
    responseBody: backwards('onResponseBody'),
    responseStream: backwards('onResponseStream'),
    error: backwards('onError'),
    finish: having('onFinish'),
    preflights: policies.some((one) => one.answersPreflights),
    requestBodyLimit: limitOf(having('onRequestBody')),
    responseBodyLimit: limitOf(having('onResponseBody')),
  };
}

export const NO_POLICIES = compileChain([]);

function limitOf(policies: readonly PolicyHooks[] = []): number {
  return Math.max(0, ...policies.map(({ bodyLimit = BODY_LIMIT }) => bodyLimit));
}
