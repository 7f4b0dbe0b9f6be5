import { z } from 'zod';
import { checkedText, lineProblem, type TextLimits } from './text.ts';

/** Code points that show nothing, or turn the direction of what stands around them. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2800\ufff9-\ufffb]/u;
/** What this version of Unicode calls no character, what each font draws as it likes, and what stands for something lost. */
const NO_CHARACTER = /[\p{Unassigned}\p{Private_Use}\ufffc\ufffd]/u;
/** More than any language puts on one letter (six, in Tibetan) hides what stands above and below. */
const HEAP_OF_MARKS = /\p{M}{7}/u;
const BEGINS_WITH_MARK = /^\p{M}/u;
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
 * and what cannot be seen (zero-width and direction-changing characters), but where a language or an emoji needs it; what is
 * no character or a private one; marks without a letter before them, and more than six on one.
 */
export function name(limits: TextLimits) {
  return z.string().transform(tidyName).pipe(checkedText(limits, nameProblem));
}

function nameProblem(value: string): string | null {
  const problem = lineProblem(value);
  if (problem) return problem;
  const [none] = NO_CHARACTER.exec(value) ?? [];
  if (none !== undefined) return `must not contain what is no character for everybody (${codeOf(none)})`;
  if (BEGINS_WITH_MARK.test(value)) return `must not begin with a mark that has no letter before it (${codeOf(value)})`;
  if (HEAP_OF_MARKS.test(value)) return 'must not have more than six marks on one letter';
  if (!INVISIBLE.test(value)) return null;
  const [hidden] = INVISIBLE.exec(value.replace(EMOJI, '').replace(JOINER_IN_A_WORD, '')) ?? [];
  return hidden === undefined ? null : `must not contain characters that cannot be seen (${codeOf(hidden)})`;
}

const codeOf = (text: string): string => `U+${text.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
