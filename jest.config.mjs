// @ts-check
import { availableParallelism } from 'node:os';

// Dependencies that ship as ES modules only and must be turned into CommonJS for Jest.
const esmOnly = [
  '@marcbachmann/cel-js',
  '@noble/hashes',
  '@prisma/schema-engine-wasm',
  '@scure/base',
  'graphql-request',
  'jose',
  'oauth4webapi',
  'oidc-provider',
  'p-limit',
  'yocto-queue',
  'uuid',
];

const common = {
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.[mc]?[jt]sx?$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript', decorators: false }, target: 'es2023' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  extensionsToTreatAsEsm: [],
  // Generated Prisma clients ask for the module form of a file that ships in both.
  moduleNameMapper: {
    '^@prisma/client/runtime/(query_compiler.+)\\.mjs$': '<rootDir>/node_modules/@prisma/client/runtime/$1.js',
  },
};

/** @type {import('jest').Config} */
const config = {
  // Most time is spent waiting; Jest's own choice leaves one core of two to itself.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // Of no effect within a project.
  testTimeout: 60_000,
  projects: [
    {
      ...common,
      displayName: 'units',
      testEnvironment: '<rootDir>/platform/testing/clean-environment.ts',
      globalSetup: '<rootDir>/platform/subgraph-testing/global-setup.ts',
      globalTeardown: '<rootDir>/platform/subgraph-testing/global-teardown.ts',
      roots: [
        '<rootDir>/platform',
        '<rootDir>/gateway',
        '<rootDir>/subgraphs',
        '<rootDir>/server',
        '<rootDir>/demo',
        '<rootDir>/cli',
      ],
    },
    {
      ...common,
      // These use the built product; the setup starts it once, and only when one of them is to run.
      displayName: 'product',
      roots: ['<rootDir>/tests'],
      testEnvironment: '<rootDir>/tests/harness/environment.ts',
      globalSetup: '<rootDir>/tests/harness/global-setup.ts',
      globalTeardown: '<rootDir>/tests/harness/global-teardown.ts',
    },
  ],
};

export default config;
