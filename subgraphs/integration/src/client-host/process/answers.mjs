/** Longer texts of servers are not handed on: cut, they could end within a credential that is to be masked. */
const MAX_MESSAGE_CHARACTERS = 16_000;

/**
 * Why a call failed. `origin` says how it is known:
 * SERVER: the server said no, with a `code` of its own. CONNECTION: there is no connection, or what came over it made no
 * sense. TIMEOUT: nobody was let in. LIMIT: what came is more than is taken. BLOCKED: the server is not one for
 * integrations. PRIVILEGED: its user may do more than the configuration says. STOPPED: the caller wanted no more.
 */
export class HostFailure extends Error {
  name = 'HostFailure';
  /** Something may have been done. */
  sent = false;

  constructor(origin, message, code = null) {
    super(message);
    this.origin = origin;
    this.code = code;
  }
}

/** `json`: text of the value. */
export const succeeded = (json) => `{"value":${json}}`;

/** `last`: nobody knows what is left of the call in this process, which is to be replaced. */
export function failed({ origin, code, sent, message }, last) {
  const { length } = message;
  const problem = length > MAX_MESSAGE_CHARACTERS ? `(a text of ${length.toLocaleString('en')} characters)` : message;
  return JSON.stringify({ problem, last, details: { origin, code, sent } });
}
