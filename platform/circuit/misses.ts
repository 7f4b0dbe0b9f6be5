import { ConsecutiveBreaker } from 'cockatiel';

/** Calls without an answer, one after the other, that open a circuit. */
const MISSES = 5;

/** Says when a circuit opens: after several calls in a row without an answer, or when the service gave no sign of life. */
export class Misses extends ConsecutiveBreaker {
  private silent = false;

  constructor() {
    super(MISSES);
  }

  /** The next miss opens the circuit. */
  noSignOfLife(): void {
    this.silent = true;
  }

  override success(): void {
    this.silent = false;
    super.success();
  }

  override failure(): boolean {
    return super.failure() || this.silent;
  }
}
