import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import { parse } from 'yaml';
import { CommandFailure, EXIT } from '../failure.ts';

/** What `--input` gives an execution; absent when it is left out. */
export async function readInput(given: string | null): Promise<unknown> {
  if (given === null) return undefined;
  const text = await inputText(given);
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw new CommandFailure(
      `--input is neither JSON nor YAML: ${(error as Error).message.split('\n')[0]}`,
      EXIT.usage,
    );
  }
}

async function inputText(given: string): Promise<string> {
  if (given === '-') return readStream(process.stdin);
  if (!given.startsWith('@')) return given;
  try {
    return await readFile(given.slice(1), 'utf8');
  } catch (error) {
    throw new CommandFailure(`--input ${given}: ${(error as Error).message}`, EXIT.usage);
  }
}
