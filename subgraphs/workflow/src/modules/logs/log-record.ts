import type { LogLine } from './log-line.ts';

/** A line as it is shown. */
export interface LogRecord extends Omit<LogLine, 'origin'> {
  /** `<execution>:<place>` */
  readonly id: string;
  readonly executionId: string;
  /** Its place: lines are numbered in the order in which they were written. */
  readonly seq: number;
}
