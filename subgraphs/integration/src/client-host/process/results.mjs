import { HostFailure } from './answers.mjs';

/** Of a result as JSON. */
const MAX_BYTES = 1_048_576;
/** Of one value; as elsewhere in the product. */
const MAX_DEPTH = 64;
/** Texts, numbers, lists … of a result: reading them holds the parent's thread. */
const MAX_VALUES = 100_000;

/** How many values there are in one. Throws HostFailure when they are nested too deeply; needs no stack itself. */
function countValues(root) {
  const open = [[root, 1]];
  let values = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const [value, depth] = next;
    values += 1;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MAX_DEPTH) throw new HostFailure('LIMIT', `The answer is nested more than ${MAX_DEPTH} deep.`);
    for (const inner of Object.values(value)) open.push([inner, depth + 1]);
  }
  return values;
}

/** JSON text of a result that fits. Throws HostFailure for one that does not. */
export function boundedJson(value) {
  const text = countValues(value) > MAX_VALUES ? null : JSON.stringify(value);
  if (text !== null && Buffer.byteLength(text) <= MAX_BYTES) return text;
  throw new HostFailure('LIMIT', 'The answer is larger than 1 MB, or has more than 100,000 values.');
}

/** The first rows of an answer, as many as fit. */
export class BoundedRows {
  /** There were more. */
  truncated = false;
  /** Why a row cannot be told. */
  problem = null;
  seen = 0;
  texts = [];
  bytes = 0;
  values = 0;

  constructor(maxRows) {
    this.maxRows = maxRows;
  }

  get isFull() {
    return this.truncated || this.problem !== null;
  }

  /** How many rows are worth asking for: what fits, judged by those before, and one to know that there are more. */
  get wanted() {
    const average = this.seen === 0 ? MAX_BYTES / 16 : this.bytes / this.seen;
    const fitting = Math.ceil((MAX_BYTES - this.bytes) / Math.max(1, average));
    return Math.max(1, Math.min(fitting, this.maxRows + 1 - this.texts.length));
  }

  /** Never throws: nobody would catch it. */
  add(row) {
    this.seen += 1;
    if (this.isFull) return;
    try {
      const values = this.values + countValues(row);
      const text = this.texts.length < this.maxRows && values <= MAX_VALUES ? JSON.stringify(row) : null;
      const bytes = text === null ? Infinity : this.bytes + Buffer.byteLength(text) + 1;
      if (bytes <= MAX_BYTES) {
        this.texts.push(text);
        this.bytes = bytes;
        this.values = values;
      } else if (this.texts.length > 0) {
        this.truncated = true;
      } else {
        throw new HostFailure('LIMIT', 'A row is larger than 1 MB, or has more than 100,000 values.');
      }
    } catch (error) {
      this.problem = error;
    }
  }

  /** JSON text with `more` beside the rows. */
  json(more = {}) {
    if (this.problem !== null) throw this.problem;
    const others = JSON.stringify({ ...more, truncated: this.truncated });
    return `${others.slice(0, -1)},"rows":[${this.texts.join(',')}]}`;
  }
}
