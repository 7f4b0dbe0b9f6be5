/** A firing cannot start an execution; trying again would change nothing. */
export class FiringRefused extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** The next firing could not either: the trigger is paused. */
    readonly forGood = false,
  ) {
    super(message);
    this.name = 'FiringRefused';
  }
}
