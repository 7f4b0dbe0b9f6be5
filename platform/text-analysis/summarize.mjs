import { textBlocks } from './text-blocks.mjs';
import { contentStems, readSentences } from './text-model.mjs';

function overlap(a, b) {
  let shared = 0;
  for (const stem of a) if (b.has(stem)) shared += 1;
  return shared / Math.max(1, Math.min(a.size, b.size));
}

function frequencies(sentences) {
  const counts = new Map();
  for (const { tokens } of sentences) {
    for (const stem of new Set(contentStems(tokens))) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  }
  return counts;
}

/**
 * Extractive: the sentences whose words recur most in the text and its headings, early ones a little favoured, none
 * that repeats a chosen one; in the order of the text (after Luhn 1958 and SumBasic, Nenkova & Vanderwende 2005).
 */
export async function summarize(text, maxSentences) {
  const blocks = textBlocks(text);
  const prose = blocks.filter(({ kind }) => kind === 'prose');
  const quotable = prose.length > 0 ? prose : blocks.filter(({ kind }) => kind !== 'code');
  const sentences = await readSentences(quotable.map((block) => block.text).join('\n\n'));
  const headings = await readSentences(
    blocks.flatMap((block) => (block.kind === 'heading' ? [block.text] : [])).join('.\n'),
  );
  const counts = frequencies(sentences);
  const titleStems = new Set(headings.flatMap(({ tokens }) => contentStems(tokens)));

  const candidates = sentences.flatMap((sentence, position) => {
    const stems = new Set(contentStems(sentence.tokens));
    if (sentence.text.length < 2) return [];
    let weight = 0;
    for (const stem of stems) weight += Math.log(1 + (counts.get(stem) ?? 0)) * (titleStems.has(stem) ? 1.6 : 1);
    // Divided by more than the root of the length, long sentences would lose; by less, they would always win.
    const density = weight / Math.max(3, stems.size) ** 0.7;
    const early = 1 + 0.4 / (1 + position * 0.5);
    return [{ text: sentence.text, stems, position, score: density * early }];
  });

  const ranked = candidates.sort((a, b) => b.score - a.score || a.position - b.position);
  const chosen = [];
  for (const candidate of ranked) {
    if (chosen.length >= maxSentences) break;
    if (chosen.every((other) => overlap(other.stems, candidate.stems) < 0.7)) chosen.push(candidate);
  }
  const inOrder = chosen.sort((a, b) => a.position - b.position).map((candidate) => candidate.text);
  return { summary: inOrder.join(' '), sentences: inOrder };
}
