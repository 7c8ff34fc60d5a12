import { fapi2Assertions } from './modules/fapi2-assertions.js';
import { fapi2Dpop } from './modules/fapi2-dpop.js';
import { fapi2Pushed } from './modules/fapi2-pushed.js';
import { fapi2Requests } from './modules/fapi2-requests.js';
import { fapi2Tokens } from './modules/fapi2-tokens.js';
import type { Module } from './plan.js';

/** The modules of the suite's plan fapi2-security-profile-final-test-plan that are about the plain profile. */
export const FAPI2_MODULES: Readonly<Record<string, Module>> = Object.fromEntries(
  Object.entries({ ...fapi2Tokens, ...fapi2Dpop, ...fapi2Requests, ...fapi2Pushed, ...fapi2Assertions }).map(
    ([name, module]) => [`fapi2-security-profile-final-${name}`, module],
  ),
);

const BY_KEY =
  /dpop|client-assertion|audience-fails|access-token-type|ensure-holder-of-key|discovery|refresh-token$/;

/** Those that a client with a certificate runs, too: what is left are client assertions and DPoP. */
export const FAPI2_CERTIFICATE_MODULES = Object.keys(FAPI2_MODULES).filter((name) => !BY_KEY.test(name));
