import { plainText } from './plain-text.ts';

/** A step as the terminal draws it. */
export interface ShownStep {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly attempts: number;
  readonly durationMs: number | null;
  readonly agent: { readonly name: string } | null;
  readonly error: { readonly message: string } | null;
}

const MARKS: Record<string, string> = {
  PENDING: '·',
  READY: '·',
  RUNNING: '●',
  WAITING: '◌',
  COMPLETED: '✔',
  FAILED: '✖',
  SKIPPED: '–',
  CANCELLED: '✖',
};
const COLOURS: Record<string, number> = { RUNNING: 33, WAITING: 33, COMPLETED: 32, FAILED: 31, CANCELLED: 31 };
const DIM = 2;

/** Shows the steps of an execution: in place on a terminal, as a line for each change everywhere else. */
export class StepDisplay {
  private lines = 0;
  private readonly shown = new Map<string, string>();

  constructor(private readonly output: NodeJS.WriteStream) {}

  draw(steps: readonly ShownStep[]): void {
    if (this.output.isTTY) this.redraw(steps);
    else this.append(steps);
  }

  private redraw(steps: readonly ShownStep[]): void {
    const width = this.output.columns || 80;
    const up = this.lines > 0 ? `\u001b[${this.lines}A` : '';
    const rows = steps.map((step) => `\u001b[2K${this.colour(line(step).slice(0, width - 1), step.status)}\n`);
    this.output.write(up + rows.join(''));
    this.lines = steps.length;
  }

  private append(steps: readonly ShownStep[]): void {
    for (const step of steps) {
      if (this.shown.get(step.id) === step.status) continue;
      // The first picture of a step that has not begun is no news.
      if (this.shown.has(step.id) || step.status !== 'PENDING') this.output.write(`${line(step)}\n`);
      this.shown.set(step.id, step.status);
    }
  }

  private colour(text: string, status: string): string {
    return `\u001b[${COLOURS[status] ?? DIM}m${text}\u001b[0m`;
  }
}

function line(step: ShownStep): string {
  const time = step.durationMs === null ? '' : `${step.durationMs} ms`;
  const attempts = step.attempts > 1 ? ` attempt ${step.attempts}` : '';
  const who = step.agent?.name ?? '';
  const error = step.error ? ` ${step.error.message}` : '';
  const row = `  ${MARKS[step.status] ?? '?'} ${step.name.padEnd(22)}${step.status.padEnd(11)}${time.padStart(8)}  ${who}`;
  return plainText(`${row}${attempts}${error}`)
    .replace(/[\n\t]+/g, ' ')
    .trimEnd();
}
