import { fstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DemoError, type DemoConfig } from './demo-config.ts';

/** The text to triage, and where it comes from. */
export interface Report {
  readonly text: string;
  readonly source: string;
}

const MAX_BYTES = 500_000;
/** A pipe that says nothing for so long is taken for one that nobody writes to. */
const PIPE_PATIENCE_MS = 3_000;

/** The named file, else what is piped in, else a report that ships with the product. */
export async function readReport(config: DemoConfig, note: (line: string) => void): Promise<Report> {
  if (config.file === '-') return checked(await readStandardInput(null), 'standard input');
  if (config.file !== null) return checked(await readNamed(config.file), basename(config.file));
  if (isPiped()) {
    const text = await readStandardInput(PIPE_PATIENCE_MS);
    if (text.trim() !== '') return checked(text, 'standard input');
    note('Standard input is empty: taking a report that ships with the product.');
  }
  return checked(await readNamed(config.defaultReport), basename(config.defaultReport));
}

function checked(text: string, source: string): Report {
  if (text.trim() === '') throw new DemoError(`${source} is empty: there is nothing to triage.`);
  if (text.includes('\0')) throw new DemoError(`${source} is not a text file.`);
  if (Buffer.byteLength(text) > MAX_BYTES) throw new DemoError(`${source} is larger than ${MAX_BYTES / 1000} KB.`);
  return { text, source };
}

async function readNamed(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DemoError(`Cannot read ${path}: ${code === 'ENOENT' ? 'there is no such file' : String(code)}.`);
  }
}

/** A file or pipe, not a terminal or /dev/null. */
function isPiped(): boolean {
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    return false;
  }
}

/** Reads to the end; gives up with what it has when nothing at all comes within `patienceMs`. */
async function readStandardInput(patienceMs: number | null): Promise<string> {
  const stream = process.stdin;
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const finish = () => {
      clearTimeout(timer);
      stream.destroy();
      resolve(Buffer.concat(chunks).toString('utf8'));
    };
    const timer = patienceMs === null ? undefined : setTimeout(finish, patienceMs);
    stream.on('data', (chunk: Buffer) => {
      clearTimeout(timer);
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_BYTES) finish();
    });
    stream.on('end', finish);
    stream.on('error', reject);
  });
}
