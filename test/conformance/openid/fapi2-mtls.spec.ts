import { WITH_CERTIFICATES } from './fapi2-certificate.js';
import { FAPI2_CERTIFICATE_MODULES, FAPI2_MODULES } from './fapi2-plan.js';
import { runModules } from './plan.js';
import { fapi2Certificates } from './modules/fapi2-certificates.js';

const PLAN = 'fapi2-security-profile-final-test-plan [mtls] [mtls]';
const VARIANT = { responseType: 'code', sender: 'mtls' } as const;

runModules(PLAN, VARIANT, FAPI2_MODULES, FAPI2_CERTIFICATE_MODULES, WITH_CERTIFICATES);
runModules(PLAN, VARIANT, fapi2Certificates, Object.keys(fapi2Certificates), WITH_CERTIFICATES);
