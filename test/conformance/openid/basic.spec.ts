import { BASIC_MODULES } from './basic-plan.js';
import { CORE_MODULES } from './modules/index.js';
import { runModules } from './plan.js';

runModules('oidcc-basic-certification-test-plan', { responseType: 'code' }, CORE_MODULES, BASIC_MODULES);
