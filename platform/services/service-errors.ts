/**
 * A service of the product does not answer, or says that something is wrong with itself. Whether it has done what it was
 * asked is not known: ask again under the same idempotency key. It is no failure of the work.
 */
export class ServiceAwayError extends Error {
  override readonly name = 'ServiceAwayError';
  /** The service is there, and does not work as something that it needs is away. */
  readonly needs: boolean;

  constructor(
    /** e.g. `agent`. */
    readonly service: string,
    /** It has answered, with a fault of its own. */
    readonly answered: boolean,
    { needs = false, ...options }: ErrorOptions & { readonly needs?: boolean } = {},
  ) {
    super(whatIsWrong(service, answered, needs), options);
    this.needs = needs;
  }
}

function whatIsWrong(service: string, answered: boolean, needs: boolean): string {
  if (answered) return `The ${service} service has a fault.`;
  return needs
    ? `The ${service} service cannot work, as something that it needs, such as its database, does not answer.`
    : `The ${service} service does not answer.`;
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
