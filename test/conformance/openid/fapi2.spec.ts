import { FAPI2_MODULES } from './fapi2-plan.js';
import { runModules } from './plan.js';

const PLAN = 'fapi2-security-profile-final-test-plan [private_key_jwt] [dpop]';
const DISCOVERY = 'fapi2-security-profile-final-discovery-end-point-verification';
const CODE = { responseType: 'code' };

runModules(PLAN, CODE, FAPI2_MODULES, [DISCOVERY], { GATEHOUSE_ISSUER: 'https://issuer.test' });
runModules(
  PLAN,
  CODE,
  FAPI2_MODULES,
  Object.keys(FAPI2_MODULES).filter((name) => name !== DISCOVERY),
);
