import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphClient } from '../harness/graph.ts';
import { cleanEnvironment, ROOT } from '../harness/test-config.ts';

const BLOCK_TIMEOUT_MS = 30_000;

/** Somebody who follows the guide: a folder, a shell whose variables last from block to block, and the graph. */
export class Reader {
  private readonly folder = mkdtempSync(join(tmpdir(), 'flowmesh-guide-'));
  private readonly shells: ChildProcess[] = [];
  private readonly state: string;

  /** `addresses`: where things are here that the guide has elsewhere. */
  constructor(
    private readonly url: string,
    private readonly addresses: Readonly<Record<string, string>>,
  ) {
    this.state = join(this.folder, '.variables');
    writeFileSync(this.state, '');
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** The text with the addresses of this run. */
  here(text: string): string {
    return Object.entries(this.addresses).reduce((result, [there, here]) => result.replaceAll(there, here), text);
  }

  save(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** Runs a block in bash. Gives what it has printed; what it leaves in the background goes on. */
  async shell(text: string): Promise<string> {
    const output = join(this.folder, `.output-${this.shells.length}`);
    const log = openSync(output, 'w');
    const script = `set -euo pipefail\nsource "${this.state}"\n${text}\nexport -p > "${this.state}"`;
    // A file rather than a pipe, which would stay open with what runs in the background.
    const shell = spawn('bash', ['-c', script], {
      cwd: this.folder,
      env: cleanEnvironment(),
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.shells.push(shell);
    const timer = setTimeout(() => endGroup(shell), BLOCK_TIMEOUT_MS);
    const code = await new Promise((resolve, reject) => {
      shell.once('error', reject);
      shell.once('exit', resolve);
    });
    clearTimeout(timer);
    const printed = readFileSync(output, 'utf8').trimEnd();
    if (code !== 0) throw new Error(`ended with ${String(code)} and printed:\n${printed}`);
    return printed;
  }

  /** Asks the graph with the access token in a variable of the shell. */
  async graph(operation: string, tokenVariable: string): Promise<unknown> {
    const token = await this.shell(`printf %s "\${${tokenVariable}:-}"`);
    const { data, errors } = await new GraphClient(this.url, token || null, null).ask(operation);
    return { ...(data !== undefined && { data }), ...(errors.length > 0 && { errors }) };
  }

  close(): void {
    for (const shell of this.shells) endGroup(shell);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch {
    // Everything in it has ended.
  }
}
