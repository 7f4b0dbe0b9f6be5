import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import { CommandFailure, EXIT } from '../failure.ts';

const MAX_BYTES = 10 * 1024 * 1024;

/** A problem of a file, and where. */
export interface FileProblem {
  /** `file:line:column` */
  readonly at: string;
  readonly message: string;
}

export type Path = readonly (string | number)[];

/** One document of a file: a file of YAML may have several, parted by `---`. */
export interface FileDocument {
  readonly value: unknown;
  /** `file:line:column` of what is at this path, or of what is nearest to it. */
  at(path: Path): string;
}

/** Reads a file of YAML or JSON. Throws `CommandFailure` for one that cannot be read, and names the place of a syntax error. */
export async function readDocuments(file: string): Promise<FileDocument[]> {
  const text = await readText(file);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: true, uniqueKeys: true });
  if (!Array.isArray(documents) || documents.length === 0) throw unusable(`${file} is empty.`);
  return documents.map((document) => {
    const [error] = document.errors;
    if (error) throw unusable(`${place(file, lines, error.pos[0])}: ${error.message.split('\n')[0]}`);
    return { value: valueOf(document, file), at: (path) => place(file, lines, offsetOf(document, path)) };
  });
}

/** Whether a subject of the command line is meant as a file. */
export const isFileName = (subject: string): boolean => ['.yaml', '.yml', '.json'].includes(extname(subject));

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw unusable(`${file} has ${size} bytes; at most ${MAX_BYTES} are read.`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw unusable(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function valueOf(document: Document, file: string): unknown {
  try {
    // Aliases are followed a hundred times at most.
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    throw unusable(`${file}: ${(error as Error).message}`);
  }
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    const range = (node as { readonly range?: readonly number[] } | null | undefined)?.range;
    if (range?.[0] !== undefined) return range[0];
  }
  return 0;
}

function place(file: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${line}:${col}`;
}

const unusable = (message: string) => new CommandFailure(message, EXIT.usage);
