import { readFileSync } from 'node:fs';

/**
 * A fenced block of a page. What is to be done with it stands in an HTML comment on the line before, which readers do not
 * see; see tests/README.md.
 */
export interface Block {
  readonly page: string;
  /** Of its first fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly directives: Readonly<Record<string, string>>;
}

const DIRECTIVES = new Set(['not run', 'file', 'as', 'until']);

/** The fenced blocks of a page, in order. Throws at a directive that nobody knows, or a fence that is left open. */
export function blocksOf(page: string, path: string): Block[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  const blocks: Block[] = [];
  let directives: Record<string, string> = {};
  for (let at = 0; at < lines.length; at++) {
    const comment = /^<!-- ([a-z ]+): (.+) -->$/.exec(lines[at]!);
    if (comment) {
      const [, name, value] = comment as unknown as [string, string, string];
      if (!DIRECTIVES.has(name)) throw new Error(`${page}:${at + 1}: nobody knows "${name}"`);
      directives[name] = value;
      continue;
    }
    if (/^\s+```/.test(lines[at]!)) throw new Error(`${page}:${at + 1}: a block begins at the beginning of its line`);
    const fence = /^```(\w*)$/.exec(lines[at]!);
    if (fence) {
      const end = lines.indexOf('```', at + 1);
      if (end < 0) throw new Error(`${page}:${at + 1}: the block does not end`);
      const text = lines.slice(at + 1, end).join('\n');
      blocks.push({ page, line: at + 1, language: fence[1]!, text, directives });
      at = end;
    }
    if (lines[at]!.trim() !== '') directives = {};
  }
  return blocks;
}
