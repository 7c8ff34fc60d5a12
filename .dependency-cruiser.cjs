/** The import boundaries of the monorepo: apps stand alone, libs know no app, nothing runs in a circle. */
module.exports = {
  forbidden: [
    {
      name: 'apps-never-import-each-other',
      severity: 'error',
      comment: 'Apps talk over HTTP. What both need belongs in libs/.',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^(apps|examples)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-never-import-apps',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|examples|test|bench)/' },
    },
    {
      name: 'libs-are-entered-by-their-index',
      severity: 'error',
      from: { path: '^(apps|examples|test|bench)/' },
      to: { path: '^libs/[^/]+/src/(?!index\\.ts$)' },
    },
    {
      name: 'in-house-modules-use-the-door',
      severity: 'error',
      comment: 'What extension.ts exports is promised to in-house modules; nothing deeper is.',
      from: { path: '^examples/' },
      to: { path: '^apps/(gateway|auth-server)/src/(?!(extension|testing)\\.ts$)' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
