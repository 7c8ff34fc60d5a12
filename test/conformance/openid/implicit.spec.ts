import { IMPLICIT_MODULES, IMPLICIT_TOKEN_MODULES } from './implicit-plan.js';
import { CORE_MODULES } from './modules/index.js';
import { runModules } from './plan.js';

const PLAN = 'oidcc-implicit-certification-test-plan';

runModules(PLAN, { responseType: 'id_token' }, CORE_MODULES, IMPLICIT_MODULES);
runModules(PLAN, { responseType: 'id_token token' }, CORE_MODULES, [
  ...IMPLICIT_MODULES,
  ...IMPLICIT_TOKEN_MODULES,
]);
