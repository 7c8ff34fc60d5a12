import { BASIC_MODULES } from './basic-plan.js';
import { HYBRID_MODULES } from './hybrid-plan.js';
import { IMPLICIT_MODULES, IMPLICIT_TOKEN_MODULES } from './implicit-plan.js';
import { CORE_MODULES } from './modules/index.js';
import { runModules } from './plan.js';

function run(kind: string, responseType: string, modules: readonly string[]): void {
  const name = `oidcc-formpost-${kind}-certification-test-plan`;
  runModules(name, { responseType, responseMode: 'form_post' }, CORE_MODULES, modules);
}

run('basic', 'code', BASIC_MODULES);
run('implicit', 'id_token', IMPLICIT_MODULES);
run('implicit', 'id_token token', [...IMPLICIT_MODULES, ...IMPLICIT_TOKEN_MODULES]);
for (const [responseType, modules] of Object.entries(HYBRID_MODULES)) run('hybrid', responseType, modules);
