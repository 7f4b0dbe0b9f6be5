import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Keeps a generated password for the demo, readable by this account only. Whoever can read it can read the keys beside
 * it as well. Null where nothing can be written, as with every secret given and a read-only disk: it is shown all the same.
 */
export async function keepAdministrator(
  dataDir: string,
  administrator: { readonly email: string; readonly password: string },
): Promise<string | null> {
  const file = join(dataDir, 'admin.json');
  const { email, password } = administrator;
  const text = `${JSON.stringify({ email, password }, null, 2)}\n`;
  return writeFile(file, text, { mode: 0o600, flush: true }).then(
    () => file,
    () => null,
  );
}
