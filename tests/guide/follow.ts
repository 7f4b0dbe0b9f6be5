import { expect } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import type { Block } from './blocks.ts';
import type { Placeholders } from './placeholders.ts';
import type { Reader } from './reader.ts';

const isOutput = ({ language }: Block) => language === 'json' || language === 'text';

/** What became of the blocks of the guide. */
export interface Followed {
  run: number;
  compared: number;
  /** Where, and why not. */
  readonly notRun: string[];
}

/** Does what the blocks of a page say, in order, and compares each answer with the block behind it, where there is one. */
export async function follow(blocks: readonly Block[], reader: Reader, placeholders: Placeholders, followed: Followed) {
  for (const [at, block] of blocks.entries()) {
    const reason = block.directives['not run'];
    if (reason !== undefined) {
      followed.notRun.push(`${block.page}: ${reason}`);
    } else if (!isOutput(block)) {
      const shown = blocks[at + 1];
      const output = shown && isOutput(shown) && shown.directives['not run'] === undefined ? shown : null;
      await step(block, output, reader, placeholders);
      followed.run++;
      if (output) followed.compared++;
    } else if (at === 0 || isOutput(blocks[at - 1]!)) {
      throw new Error(`${block.page}:${block.line}: an answer to nothing`);
    }
  }
}

async function step(block: Block, output: Block | null, reader: Reader, placeholders: Placeholders): Promise<void> {
  const text = reader.here(placeholders.fill(block.text));
  const run = async () => {
    const actual = await act(block, text, reader);
    if (output) compare(output, actual, reader, placeholders);
    return true;
  };
  let last: unknown;
  const toFalse = (error: unknown) => {
    last = error;
    return false;
  };
  try {
    // What the guide says takes a moment is asked for until it is so.
    if (block.directives.until === undefined) await run();
    else await until(block.directives.until, () => run().catch(toFalse), { timeoutMs: 60_000, everyMs: 200 });
  } catch (thrown) {
    const error = (last ?? thrown) as Error;
    error.message = `${block.page}:${block.line}: ${error.message}`;
    throw error;
  }
}

async function act(block: Block, text: string, reader: Reader): Promise<unknown> {
  switch (block.language) {
    case 'sh':
      return reader.shell(text);
    case 'graphql':
      return reader.graph(text, block.directives.as ?? 'TOKEN');
    case 'js': {
      const { file } = block.directives;
      if (!file) throw new Error('name the file in a comment before the block');
      return reader.save(file, text);
    }
    default:
      throw new Error(
        `a block of "${block.language}" can neither be run nor compared: say sh, graphql, js, json or text`,
      );
  }
}

function compare(output: Block, actual: unknown, reader: Reader, placeholders: Placeholders): void {
  if (output.language === 'json') {
    const value = typeof actual === 'string' ? JSON.parse(actual) : actual;
    expect(value).toStrictEqual(placeholders.expected(JSON.parse(output.text), value));
    return;
  }
  expect(actual).toBe(placeholders.expectedText(reader.here(output.text), actual));
}
