const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/i;
/** Visible characters, spaces and tabs: anything else could end the header early. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]{0,4000}$/;
/** Set by us, or deciding how the message is read. */
const RESERVED =
  /^(host|connection|content-length|content-type|transfer-encoding|upgrade|te|trailer|expect|keep-alive|proxy-.*|idempotency-key|webhook-(id|timestamp|signature))$/i;

/** Null when a user may have this header sent with calls to an address of theirs; else what is wrong with it. */
export function headerProblem(name: string, value: unknown): string | null {
  if (!NAME.test(name)) return 'is not a header name';
  if (RESERVED.test(name)) return 'is set by the product';
  return typeof value === 'string' && VALUE.test(value) ? null : 'must be one line of text, at most 4,000 characters';
}

/** Null when a secret can be sent in a header; else what is wrong with it. A request with it would fail before it is sent. */
export function headerSecretProblem(secret: string): string | null {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(secret)
    ? null
    : 'must be one line of characters up to U+00FF, because it is sent in a header';
}
