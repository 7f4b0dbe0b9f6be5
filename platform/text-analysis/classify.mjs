import { textBlocks } from './text-blocks.mjs';
import { readSentences } from './text-model.mjs';

const HEADING_WEIGHT = 2;

async function stemsOf(text) {
  const sentences = await readSentences(text);
  return sentences.flatMap(({ tokens }) => tokens.filter((token) => token.isWord).map((token) => token.stem));
}

function occurrences(stems, positions, example) {
  const [first = '', ...others] = example.stems;
  const starts = positions.get(first) ?? [];
  return starts.filter((start) => others.every((stem, offset) => stems[start + offset + 1] === stem)).length;
}

function positionsOf(stems) {
  const positions = new Map();
  stems.forEach((stem, at) => {
    const known = positions.get(stem);
    if (known) known.push(at);
    else positions.set(stem, [at]);
  });
  return positions;
}

/**
 * Weighs the example words of each label that occur in the text, by word stem: each counts with the logarithm of its
 * occurrences, phrases more than words, headings more than the rest, and examples that several labels share less.
 * Without any evidence the label is `defaultLabel`, or null, with confidence 0.
 */
export async function classify(text, labels, defaultLabel) {
  const blocks = textBlocks(text);
  const heads = blocks.flatMap((block) => (block.kind === 'heading' ? [block.text] : []));
  const body = await stemsOf(blocks.map((block) => block.text).join('\n\n'));
  const head = await stemsOf(heads.join('\n\n'));
  const bodyPositions = positionsOf(body);
  const headPositions = positionsOf(head);

  const examples = new Map();
  const owners = new Map();
  for (const [label, words] of Object.entries(labels)) {
    const weighted = Array.isArray(words) ? words.map((word) => [word, 1]) : Object.entries(words);
    const list = [];
    for (const [word, weight] of weighted) {
      const stems = await stemsOf(word);
      const key = stems.join(' ');
      // Two forms of one word are one example.
      if (stems.length === 0 || list.some((known) => known.stems.join(' ') === key)) continue;
      list.push({ stems, weight });
      owners.set(key, (owners.get(key) ?? new Set()).add(label));
    }
    examples.set(label, list);
  }

  const raw = [...examples].map(([label, list]) => {
    const total = list.reduce((sum, example) => {
      const count =
        occurrences(body, bodyPositions, example) + (HEADING_WEIGHT - 1) * occurrences(head, headPositions, example);
      const shared = owners.get(example.stems.join(' '))?.size ?? 1;
      const phrase = 1 + 0.5 * Math.min(3, example.stems.length - 1);
      return sum + (example.weight * phrase * Math.log2(1 + count)) / shared;
    }, 0);
    return { label, total: Math.max(0, total) };
  });
  const sum = raw.reduce((total, entry) => total + entry.total, 0);
  const round = (value) => Math.round(value * 1000) / 1000;
  const scores = Object.fromEntries(raw.map(({ label, total }) => [label, sum === 0 ? 0 : round(total / sum)]));
  const best = raw.reduce((winner, entry) => (entry.total > (winner?.total ?? 0) ? entry : winner), null);
  return { label: best?.label ?? defaultLabel, confidence: best ? (scores[best.label] ?? 0) : 0, scores };
}
