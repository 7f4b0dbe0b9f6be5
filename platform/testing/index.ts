export { leastCpuMs } from './least-cpu-time.ts';
export { createTestDatabases, type TestDatabases } from './test-databases.ts';
export { until } from './until.ts';
