import { CORE_MODULES } from './modules/index.js';
import { runModules } from './plan.js';

runModules(
  'oidcc-config-certification-test-plan',
  { responseType: 'code' },
  CORE_MODULES,
  ['oidcc-discovery-endpoint-verification'],
  { GATEHOUSE_ISSUER: 'https://issuer.test' },
);
