import { takeTurn } from '../sandbox/index.ts';
import { compiledCache } from './compiled-cache.mjs';

/** Longer texts are read in the sandbox only: the time goes by the square of the length, and 500 take 6 ms at worst. */
const MAX_CHARACTERS = 500;
/** What that is in steps of work. */
const workOfReading = (characters: number): number => characters ** 2 / 20;

/** Reads short expressions in this thread, and keeps what was made of them. */
export class ShortExpressions<T extends object> {
  private readonly cache;

  constructor(read: (text: string) => T) {
    this.cache = compiledCache(read);
  }

  has(text: string): boolean {
    return text.length <= MAX_CHARACTERS;
  }

  async read(text: string): Promise<T> {
    if (!this.cache.has(text)) await takeTurn(workOfReading(text.length));
    return this.cache.get(text);
  }
}
