import { HYBRID_MODULES } from './hybrid-plan.js';
import { CORE_MODULES } from './modules/index.js';
import { runModules } from './plan.js';

for (const [responseType, modules] of Object.entries(HYBRID_MODULES))
  runModules('oidcc-hybrid-certification-test-plan', { responseType }, CORE_MODULES, modules);
