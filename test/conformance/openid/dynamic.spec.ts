import { DYNAMIC_MODULES } from './dynamic-plan.js';
import { CORE_MODULES } from './modules/index.js';
import { clientSites } from './modules/client-sites.js';
import { registration } from './modules/registration.js';
import { runModules } from './plan.js';

const PLAN = 'oidcc-dynamic-certification-test-plan';
const VARIANT = { responseType: 'code', registration: 'dynamic' } as const;
const MODULES = { ...CORE_MODULES, ...registration, ...clientSites };
const OPEN = { GATEHOUSE_REGISTRATION: 'open', GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' };

runModules(PLAN, VARIANT, MODULES, ['oidcc-discovery-endpoint-verification'], {
  ...OPEN,
  GATEHOUSE_ISSUER: 'https://issuer.test',
});
runModules(PLAN, VARIANT, MODULES, DYNAMIC_MODULES, OPEN);
