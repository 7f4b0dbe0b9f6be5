import { z } from 'zod';
import { checkedText, lineProblem, type TextLimits } from './text.ts';

/** Code points that show nothing, or turn the direction of what stands around them. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2800\ufff9-\ufffb]/u;
/** Emoji are joined and varied by such code points. The expression is one of ES2024. */
const EMOJI = new RegExp('\\p{RGI_Emoji}', 'gv');
/** Alphabets in which a joiner, or what keeps letters from being joined, makes another word. */
const JOINING = ['Arabic', 'Syriac', 'Mongolian', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil']
  .concat(['Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Khmer', 'Myanmar'])
  .map((script) => `\\p{Script=${script}}`)
  .join('');
const JOINER_IN_A_WORD = new RegExp(`(?<=[${JOINING}])[\\u200c\\u200d](?=[${JOINING}])`, 'gu');

/**
 * The form in which names are kept and compared: composed (NFC), every space the plain one, none around it. What looks
 * alike because it is the same text is the same name then.
 */
export const tidyName = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/\p{Zs}/gu, ' ')
    .trim();

/**
 * What is called something by people: one line in its tidy form, as `tidyName` makes it. Refused are control characters
 * and what cannot be seen (zero-width and direction-changing characters), but where a language or an emoji needs it.
 */
export function name(limits: TextLimits) {
  return z.string().transform(tidyName).pipe(checkedText(limits, nameProblem));
}

function nameProblem(value: string): string | null {
  const problem = lineProblem(value);
  if (problem || !INVISIBLE.test(value)) return problem;
  const [hidden] = INVISIBLE.exec(value.replace(EMOJI, '').replace(JOINER_IN_A_WORD, '')) ?? [];
  const code = hidden?.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  return code === undefined ? null : `must not contain characters that cannot be seen (U+${code})`;
}
