// Adds up Jest's reports: `N passed, N failed`. Failed steps of the pipeline count like failed tests.
import { existsSync, readFileSync } from 'node:fs';

const [failedSteps, ...files] = process.argv.slice(2);
let passed = 0;
let failed = Number(failedSteps);
for (const file of files.filter((name) => existsSync(name))) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  passed += report.numPassedTests;
  // Test files that cannot be loaded have no tests to count.
  failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
}
if (passed === 0 && failed === 0) failed = 1;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
