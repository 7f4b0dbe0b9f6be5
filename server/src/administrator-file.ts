import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Keeps a generated password for the demo, readable by this account only. Whoever can read it can read the keys beside
 * it as well.
 */
export async function keepAdministrator(
  dataDir: string,
  administrator: { readonly email: string; readonly password: string },
): Promise<string> {
  const file = join(dataDir, 'admin.json');
  const { email, password } = administrator;
  await writeFile(file, `${JSON.stringify({ email, password }, null, 2)}\n`, { mode: 0o600, flush: true });
  return file;
}
