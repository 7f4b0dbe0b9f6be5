import { resolve } from 'node:path';

/** For operators: that `DATA_DIR` is not what it has to be, why, and what to do. */
export function dataFolderProblem(dataDir: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return (
    `DATA_DIR, ${resolve(dataDir)}, cannot be used (${why}): ` +
    'let the account that runs the product read and write there, or set another DATA_DIR.'
  );
}
