/** Control characters but line ends and tabs, half characters, and what turns the direction of the text that follows. */
const HARMFUL = /[^\P{Cc}\n\t]|\p{Surrogate}|[\u202A-\u202E\u2066-\u2069]/gu;

/**
 * Words of somebody else as they can be stored and shown anywhere: no terminal obeys them, and none reads otherwise than it is
 * written. What does harm becomes U+FFFD.
 */
export const plainText = (text: string): string => text.replace(/\r\n?/g, '\n').replace(HARMFUL, '\uFFFD');
