import { DYNAMIC_MODULES } from './dynamic-plan.js';
import { CORE_MODULES } from './modules/index.js';
import { clientSites } from './modules/client-sites.js';
import { registration } from './modules/registration.js';
import { runModules } from './plan.js';

runModules(
  'oidcc-dynamic-certification-test-plan',
  { responseType: 'code', registration: 'dynamic' },
  { ...CORE_MODULES, ...registration, ...clientSites },
  DYNAMIC_MODULES,
  { GATEHOUSE_REGISTRATION: 'open', GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' },
);
