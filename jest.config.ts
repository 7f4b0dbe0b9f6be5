import type { Config } from 'jest';

// Dependencies that ship as ES modules only and must be turned into CommonJS for Jest.
const esmOnly = ['jose', 'p-limit', 'yocto-queue', 'uuid'];

const config: Config = {
  roots: [
    '<rootDir>/platform',
    '<rootDir>/gateway',
    '<rootDir>/subgraphs',
    '<rootDir>/server',
    '<rootDir>/demo',
    '<rootDir>/tests',
  ],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.[mc]?[jt]sx?$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript', decorators: false }, target: 'es2023' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  extensionsToTreatAsEsm: [],
  testTimeout: 60_000,
};

export default config;
