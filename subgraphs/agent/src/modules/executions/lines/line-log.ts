import { boundedLine, type AgentLine } from './agent-line.ts';

/** A line with its time and what is the same whenever it arrives. */
export interface WrittenLine extends AgentLine {
  readonly time: Date;
  readonly origin: string;
}

/** Lines wait at most this long. */
const FLUSH_AFTER_MS = 250;
/** Within that time; further ones are counted. */
const MAX_AT_ONCE = 20;
/** Of one attempt. */
const MAX_LINES = 1_000;

/** Collects the lines of one attempt, so that an agent that writes much causes few writes. */
export class LineLog {
  private lines: WrittenLine[] = [];
  private dropped = 0;
  private number = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    /** Of the attempt: the same for no other one. */
    private readonly key: string,
    /** Stores lines. One call comes after the other. */
    private readonly write: (lines: readonly WrittenLine[]) => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  add(line: AgentLine): void {
    if (this.closed) return;
    this.timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS);
    if (this.number >= MAX_LINES || this.lines.length >= MAX_AT_ONCE) this.dropped += 1;
    else this.push(boundedLine(line));
  }

  /** Takes nothing more; resolves when everything is stored. */
  async close(): Promise<void> {
    this.closed = true;
    this.flush();
    await this.writing;
  }

  private push(line: AgentLine): void {
    this.number += 1;
    this.lines.push({ ...line, time: new Date(), origin: `said:${this.key}:${this.number}` });
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    // Once the log is full, how much was lost is told at the end.
    if (this.dropped > 0 && (this.number < MAX_LINES || this.closed)) {
      const message = `The agent has written ${this.dropped} lines more, which are not kept: at most ${MAX_AT_ONCE} in ${FLUSH_AFTER_MS} ms and ${MAX_LINES} in an attempt are.`;
      this.push({ level: 'WARN', message, data: { dropped: this.dropped } });
      this.dropped = 0;
    }
    const { lines } = this;
    this.lines = [];
    if (lines.length === 0) return;
    this.writing = this.writing.then(() => this.write(lines)).catch(this.onError);
  }
}
