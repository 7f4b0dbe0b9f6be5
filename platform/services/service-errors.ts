/**
 * A service of the product does not answer, or says that something is wrong with itself. Whether it has done what it was
 * asked is not known: ask again under the same idempotency key. It is no failure of the work.
 */
export class ServiceAwayError extends Error {
  override readonly name = 'ServiceAwayError';

  constructor(
    /** e.g. `agent`. */
    readonly service: string,
    /** It has answered, with a fault of its own. */
    readonly answered: boolean,
    options?: ErrorOptions,
  ) {
    super(answered ? `The ${service} service has a fault.` : `The ${service} service does not answer.`, options);
  }
}

/** A service of the product has answered that it will not: nothing was done, and asking again is of no use. */
export class ServiceRefusedError extends Error {
  override readonly name = 'ServiceRefusedError';

  constructor(
    readonly service: string,
    /** `extensions.code` of its error. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
