/** A piece of a text that is embedded as one. */
export interface Chunk {
  /** In characters as PostgreSQL counts them (code points), from 0. */
  readonly startsAt: number;
  readonly text: string;
}

/** Fits the 512 tokens of small models in most languages. */
export const CHUNK_LENGTH = 1_500;
/** Of the chunk before, so that what stands across the border is in one of both. */
const OVERLAP = 150;
/** Of a layer: about the first 135,000 characters of its text. */
export const MOST_CHUNKS = 100;

/**
 * A text in chunks of at most 1,500 UTF-16 code units, each of which begins up to 150 before the end of the one before; at
 * most 100 of them, so what comes behind is in none. They end at the end of a line, else of a sentence, else of a word,
 * where there is one in their second half. Chunks of white space alone are left out.
 */
export function chunksOf(text: string): Chunk[] {
  const chunks: Chunk[] = [];
  let [start, points] = [0, 0];
  while (start < text.length && chunks.length < MOST_CHUNKS) {
    const end = endOf(text, start);
    const chunk = text.slice(start, end);
    if (chunk.trim() !== '') chunks.push({ startsAt: points, text: chunk });
    if (end === text.length) break;
    const next = Math.max(start + 1, wordStart(text, end - OVERLAP, end));
    points += codePointsIn(text, start, next);
    start = next;
  }
  return chunks;
}

/** Ends of lines, sentences and words: what is better comes first. */
const BORDERS = [/\n/g, /[.!?]\s|[。！？]/g, /\s/g];

function endOf(text: string, start: number): number {
  const limit = start + CHUNK_LENGTH;
  if (limit >= text.length) return text.length;
  const middle = start + CHUNK_LENGTH / 2;
  const half = text.slice(middle, limit);
  for (const border of BORDERS) {
    const last = [...half.matchAll(border)].at(-1);
    if (last) return middle + last.index + last[0].length;
  }
  return wholeCharacter(text, limit);
}

/** Where a word begins at or behind `from`, before `end`; else `from` itself. */
function wordStart(text: string, from: number, end: number): number {
  const space = /\s\S/.exec(text.slice(from, end));
  return space ? from + space.index + 1 : wholeCharacter(text, from);
}

/** Not between the halves of a surrogate pair. */
const wholeCharacter = (text: string, at: number): number => (isLowSurrogate(text, at) ? at - 1 : at);

const isLowSurrogate = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
};

function codePointsIn(text: string, from: number, to: number): number {
  let count = to - from;
  for (let at = from; at < to; at += 1) if (isLowSurrogate(text, at)) count -= 1;
  return count;
}
