import { ConsecutiveBreaker } from 'cockatiel';

/** Consecutive calls without an answer that open a circuit. */
const MISSES = 5;

/** Policy that opens a circuit: after several calls in a row without an answer, or after a failed probe. */
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
