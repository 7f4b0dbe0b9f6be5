/** A text of the document as it is told: bounded, without NUL and halves of surrogate pairs, which no database holds. */
export const shown = (text, max) => text.slice(0, max).replaceAll('\0', '\u{fffd}').toWellFormed();
