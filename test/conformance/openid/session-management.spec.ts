import { sessionManagement } from './modules/session-management.js';
import { runModules } from './plan.js';

const PLAN = 'oidcc-session-management-certification-test-plan';
const CODE = { responseType: 'code' };
const ON = { GATEHOUSE_SESSION_MANAGEMENT: 'true' };

runModules(PLAN, CODE, sessionManagement, ['oidcc-session-management-discovery-endpoint-verification'], {
  ...ON,
  GATEHOUSE_ISSUER: 'https://issuer.test',
});
runModules(PLAN, CODE, sessionManagement, ['oidcc-session-management-rp-initiated-logout'], ON);
