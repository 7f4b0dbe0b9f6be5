// @ts-check
import { defineConfig } from 'eslint/config';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

const sources = ['**/*.ts', '**/*.tsx'];
const tests = ['tests/**/*.ts', '**/*.test.ts', '**/*-test-*.ts', '**/fixtures/*.ts'];

/** Which packages a package may import besides itself. */
const mayImport = {
  platform: [],
  prisma: [],
  demo: [],
  cli: [],
  subgraph: ['platform', 'prisma'],
  gateway: ['platform'],
  server: ['platform', 'gateway', 'subgraph'],
  tests: ['platform', 'gateway', 'subgraph', 'prisma', 'demo', 'cli'],
};

const packagePolicies = Object.entries(mayImport).map(([from, allowed]) => ({
  from: { element: { type: from } },
  allow: { to: { element: { types: { anyOf: [...allowed, ...(from === 'subgraph' ? [] : [from])] } } } },
}));

const deepImports = {
  regex: '^@flowmesh/(platform|prisma)/[^/]+/',
  message: 'Import a folder of platform or prisma by its name; its files are its own business.',
};
const prismaClients = {
  regex: '^@flowmesh/prisma/',
  message: 'Only stores talk to the database: put the query into the *-store.ts of the aggregate.',
};
const graphqlLayer = {
  regex: '^graphql$|/resolvers/|__generated__/graphql',
  message: 'Services and stores know nothing of GraphQL.',
};
const storesAndServices = {
  regex: '-(store|service)\\.ts$',
  allowTypeImports: true,
  message: 'Resolvers reach services through the context.',
};

const ENVIRONMENT =
  'Declare a setting, and let platform/config read it: everything wrong is told at once, and documents are complete.';
/** Who reads the environment: the product in one place; the demo and the command line, which know nothing of the product; tests; tools. */
const environmentReaders = [
  'platform/config/environment.ts',
  'demo/src/demo-config.ts',
  'cli/src/main.ts',
  'tests/harness/test-config.ts',
  'platform/subgraph-testing/test-database-config.ts',
  'platform/events/event-test-config.ts',
  'gateway/graphiql/**',
];
const environment = { regex: '^(node:)?process$', message: ENVIRONMENT };
const environmentRules = {
  'no-restricted-properties': ['error', { object: 'process', property: 'env', message: ENVIRONMENT }],
  'no-restricted-syntax': [
    'error',
    { selector: "MemberExpression[object.property.name='process'][property.name='env']", message: ENVIRONMENT },
  ],
};
const handMadeChecks = {
  property: 'safeParse',
  message:
    'Input of clients goes through parseInput (a mutation’s InvalidInputError) or parseArgument (BAD_USER_INPUT).',
};

/** @param {object[]} patterns */
const restricted = (...patterns) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns: [deepImports, environment, ...patterns] }],
});

export default defineConfig(
  { ignores: ['**/__generated__/', '**/node_modules/', 'dist/', '.data/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: sources,
    extends: [tseslint.configs.strict, tseslint.configs.stylistic],
    plugins: { boundaries },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      'import/resolver': { typescript: { alwaysTryTypes: true, project: './tsconfig.json' } },
      'boundaries/elements': [
        { type: 'platform', pattern: 'platform' },
        { type: 'prisma', pattern: 'prisma' },
        { type: 'gateway', pattern: 'gateway' },
        { type: 'subgraph', pattern: 'subgraphs/*', capture: ['domain'] },
        // Not platform/server, which ends in the same name.
        { type: 'server', pattern: 'server/**/*', partialMatch: false },
        { type: 'demo', pattern: 'demo' },
        { type: 'cli', pattern: 'cli' },
        { type: 'tests', pattern: 'tests' },
      ],
    },
    rules: {
      ...restricted(prismaClients),
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            { allow: { to: { module: { origin: ['external', 'core'] } } } },
            ...packagePolicies,
            {
              from: { element: { type: 'subgraph' } },
              allow: {
                to: { element: { type: 'subgraph', captured: { domain: '{{ from.element.captured.domain }}' } } },
              },
            },
          ],
        },
      ],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': ['error', { ignoreRestArgs: false }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { arguments: false, attributes: false } },
      ],
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // A literal object is often typed by a union on purpose; interfaces and types are both fine.
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      ...environmentRules,
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
    },
  },
  { files: ['{platform,gateway,subgraphs,server,demo}/**/*.mjs'], rules: environmentRules },
  { files: ['**/*-store.ts'], rules: restricted(graphqlLayer) },
  // Where the one client of a domain is made.
  { files: ['subgraphs/*/src/subgraph.ts'], rules: restricted() },
  {
    files: ['**/*-service.ts'],
    rules: {
      ...restricted(prismaClients, graphqlLayer),
      'no-restricted-properties': [...environmentRules['no-restricted-properties'], handMadeChecks],
    },
  },
  {
    files: ['subgraphs/*/src/modules/**/resolvers/**/*.ts'],
    rules: { ...restricted(prismaClients, storesAndServices), 'max-lines': ['error', 40] },
  },
  {
    files: ['**/schema.mappers.ts', 'subgraphs/*/src/domain.ts'],
    rules: restricted({ ...prismaClients, allowTypeImports: true }),
  },
  { files: environmentReaders, rules: { 'no-restricted-properties': 'off' } },
  {
    files: tests,
    rules: {
      ...restricted(),
      'max-lines': ['error', 600],
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-console': 'off',
    },
  },
);
