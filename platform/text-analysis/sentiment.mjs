import { textBlocks } from './text-blocks.mjs';
import { readSentences } from './text-model.mjs';

/** Within this of zero nothing is said about the tone. */
const NEUTRAL = 0.05;

/** The mean tone of the sentences that have one, by the word list of wink-nlp (AFINN, negation respected). */
export async function sentiment(text) {
  const blocks = textBlocks(text);
  const spoken = blocks.filter(({ kind }) => kind !== 'code' && kind !== 'field');
  const sentences = await readSentences(spoken.map((block) => block.text).join('\n\n'));
  const toned = sentences.filter((sentence) => sentence.sentiment !== 0);
  const sum = toned.reduce((total, sentence) => total + sentence.sentiment, 0);
  // Sentences without a tone count a little: one harsh word in a long report is not a harsh report.
  const weight = toned.length + (sentences.length - toned.length) * 0.25;
  const score = weight === 0 ? 0 : Math.round((sum / weight) * 1000) / 1000;
  return { score, label: score > NEUTRAL ? 'positive' : score < -NEUTRAL ? 'negative' : 'neutral' };
}
