import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '.data/'] },
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
      },
    },
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Nest resolves constructor parameters from emitted metadata, so a type-only import would break injection.
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 900 }],
      'no-restricted-properties': [
        'error',
        { object: 'it', property: 'skip', message: 'A skipped test is a defect.' },
        { object: 'it', property: 'only', message: 'Only for a moment at your desk.' },
        { object: 'describe', property: 'skip', message: 'A skipped test is a defect.' },
        { object: 'describe', property: 'only', message: 'Only for a moment at your desk.' },
        { object: 'test', property: 'skip', message: 'A skipped test is a defect.' },
        { object: 'test', property: 'only', message: 'Only for a moment at your desk.' },
      ],
    },
  },
);
