import { BASIC_MODULES } from './basic-plan.js';
import { DYNAMIC_MODULES } from './dynamic-plan.js';
import { FAPI2_MODULES } from './fapi2-plan.js';
import { HYBRID_MODULES } from './hybrid-plan.js';
import { IMPLICIT_MODULES, IMPLICIT_TOKEN_MODULES } from './implicit-plan.js';
import { RP_INITIATED_MODULES } from './logout-plan.js';

const HYBRID = Object.values(HYBRID_MODULES).flat();
const IMPLICIT = [...IMPLICIT_MODULES, ...IMPLICIT_TOKEN_MODULES];

/** What each spec here runs of which plan of the suite: docs/conformance-openid.md lists the same. */
export const PLANS: Readonly<Record<string, readonly string[]>> = {
  'oidcc-basic-certification-test-plan': BASIC_MODULES,
  'oidcc-config-certification-test-plan': ['oidcc-discovery-endpoint-verification'],
  'oidcc-implicit-certification-test-plan': IMPLICIT,
  'oidcc-hybrid-certification-test-plan': HYBRID,
  'oidcc-formpost-basic-certification-test-plan': BASIC_MODULES,
  'oidcc-formpost-implicit-certification-test-plan': IMPLICIT,
  'oidcc-formpost-hybrid-certification-test-plan': HYBRID,
  'oidcc-dynamic-certification-test-plan': ['oidcc-discovery-endpoint-verification', ...DYNAMIC_MODULES],
  'oidcc-rp-initiated-logout-certification-test-plan': [
    'oidcc-rp-initiated-logout-discovery-endpoint-verification',
    ...RP_INITIATED_MODULES,
  ],
  'oidcc-backchannel-rp-initiated-logout-certification-test-plan': [
    'oidcc-backchannel-logout-discovery-endpoint-verification',
    'oidcc-backchannel-rp-initiated-logout',
  ],
  'oidcc-frontchannel-rp-initiated-logout-certification-test-plan': [
    'oidcc-frontchannel-logout-discovery-endpoint-verification',
    'oidcc-frontchannel-rp-initiated-logout',
  ],
  'oidcc-session-management-certification-test-plan': [
    'oidcc-session-management-discovery-endpoint-verification',
    'oidcc-session-management-rp-initiated-logout',
  ],
  'fapi2-security-profile-final-test-plan': Object.keys(FAPI2_MODULES),
};
