/** Many times what is shown in the end. */
const KEPT_CHARACTERS = 65_536;

/**
 * What a service says of a failure. It is cut to what is shown only when secrets were masked in it: a cut through the middle of one
 * would leave a half that nobody recognizes.
 */
export const failureDetail = (text: string): string => text.slice(0, KEPT_CHARACTERS).trim();
