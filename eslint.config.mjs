import tseslint from 'typescript-eslint';

/** What may differ between two processes must not reach a write set. */
const NONDETERMINISM = [
  { object: 'Date', property: 'now', message: 'Endorsers must agree: use the time of the transaction.' },
  { object: 'Math', property: 'random', message: 'Endorsers must agree: no randomness.' },
  { object: 'crypto', property: 'randomUUID', message: 'Endorsers must agree: no randomness.' },
  { object: 'performance', property: 'now', message: 'Endorsers must agree: use the time of the transaction.' },
  { object: 'Intl', property: 'DateTimeFormat', message: 'Endorsers must agree: no locale.' },
];

export default tseslint.config(
  { ignores: ['**/node_modules/', '.tallystick/', '**/*.mjs'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 14],
      eqeqeq: 'error',
      'no-console': 'error',
      // An alias of string says what a string is.
      '@typescript-eslint/no-duplicate-type-constituents': 'off',
      '@typescript-eslint/no-redundant-type-constituents': 'off',
    },
  },
  {
    files: ['chaincode/src/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', ...NONDETERMINISM],
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Endorsers must agree: use the time of the transaction.' },
        { selector: 'MemberExpression[object.name="process"][property.name="env"]', message: 'Endorsers must agree: no environment.' },
        { selector: 'CallExpression[callee.property.name=/^toLocale|^localeCompare$/]', message: 'Endorsers must agree: no locale.' },
        { selector: 'Program > VariableDeclaration[kind="let"]', message: 'No module-level mutable state.' },
      ],
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'fetch', 'performance'],
    },
  },
  {
    files: ['chaincode/src/domain/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', { selector: ':function[async=true]', message: 'The domain is synchronous: no promise hides in a decision.' }] },
  },
  {
    files: ['{gateway-api,network,client,start}/src/**/*.ts', 'start/**/*.ts'],
    ignores: ['**/config.ts'],
    rules: { 'no-restricted-syntax': ['error', { selector: 'MemberExpression[object.name="process"][property.name="env"]', message: 'The environment is read in config.ts alone.' }] },
  },
  {
    files: ['test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', complexity: 'off', '@typescript-eslint/no-unused-expressions': 'off', '@typescript-eslint/require-await': 'off' },
  },
  { files: ['start/**/*.ts', '**/cli.ts', '**/cli/**/*.ts', 'network/**/*.ts', 'test/bench/**/*.ts', 'test/run.ts', 'docs/build.ts', '**/*-cli.ts'], rules: { 'no-console': 'off' } },
);
