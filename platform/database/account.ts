import { readFile } from 'node:fs/promises';

/** The account the server runs as; null for the one of this process. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

export const runsAsRoot = (): boolean => process.getuid?.() === 0;

/** PostgreSQL refuses to run as root; this finds an unprivileged system account instead. */
export async function unprivilegedAccount(): Promise<ServerAccount> {
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const fields = accounts
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'nobody');
  const uid = Number(fields?.[2] ?? NaN);
  const gid = Number(fields?.[3] ?? NaN);
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : { uid: 65_534, gid: 65_534 };
}
