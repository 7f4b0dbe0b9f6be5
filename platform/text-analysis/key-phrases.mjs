import { textBlocks } from './text-blocks.mjs';
import { readSentences } from './text-model.mjs';

const MAX_WORDS = 4;
const PHRASE_PARTS = new Set(['NOUN', 'PROPN', 'ADJ']);

function belongs(token) {
  return token.isWord && !token.isStopWord && PHRASE_PARTS.has(token.pos) && /\p{L}{2}/u.test(token.text);
}

/** Runs of nouns and adjectives that end in a noun. */
function candidates(tokens) {
  const runs = [];
  let run = [];
  for (const token of [...tokens, null]) {
    if (token && belongs(token)) {
      run.push(token);
      continue;
    }
    while (run.at(-1)?.pos === 'ADJ') run.pop();
    if (run.length > 0) runs.push(run.slice(-MAX_WORDS));
    run = [];
  }
  return runs;
}

/** Names and abbreviations keep their capitals. */
function surface(run) {
  const isName = run.length > 1 && run.every(({ pos }) => pos === 'PROPN');
  return run.map(({ text, normal }) => (isName || /\p{Lu}.*\p{Lu}/u.test(text) ? text : normal)).join(' ');
}

function mostUsed(surfaces) {
  return [...surfaces].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? '';
}

/**
 * RAKE (Rose, Engel, Cramer & Cowley 2010) on runs of nouns and adjectives: a word weighs its degree over its
 * frequency, a phrase the sum of its words; times how often it occurs, on a log scale; single words say less. Scores are from 0 to 1.
 */
export async function keyPhrases(text, limit) {
  const blocks = textBlocks(text).filter(({ kind }) => kind !== 'code' && kind !== 'field');
  const sentences = await readSentences(blocks.map((block) => block.text).join('\n\n'));
  const phrases = new Map();
  const frequency = new Map();
  const degree = new Map();
  for (const run of sentences.flatMap(({ tokens }) => candidates(tokens))) {
    const words = run.map(({ stem }) => stem);
    const key = words.join(' ');
    const phrase = phrases.get(key) ?? { words, surfaces: new Map(), count: 0 };
    phrase.count += 1;
    phrase.surfaces.set(surface(run), (phrase.surfaces.get(surface(run)) ?? 0) + 1);
    phrases.set(key, phrase);
    for (const word of words) {
      frequency.set(word, (frequency.get(word) ?? 0) + 1);
      degree.set(word, (degree.get(word) ?? 0) + words.length);
    }
  }
  const scored = [...phrases.values()].map(({ words, surfaces, count }) => {
    const sum = words.reduce((total, word) => {
      const times = frequency.get(word) ?? 1;
      return total + ((degree.get(word) ?? 1) / times) * Math.log2(1 + times);
    }, 0);
    const alone = words.length === 1 ? 0.6 : 1;
    return { phrase: mostUsed(surfaces), raw: (alone * sum * Math.log2(1 + count)) / Math.sqrt(words.length), count };
  });
  scored.sort((a, b) => b.raw - a.raw || (a.phrase < b.phrase ? -1 : 1));
  const best = scored[0]?.raw ?? 1;
  return {
    phrases: scored
      .slice(0, limit)
      .map(({ phrase, raw, count }) => ({ phrase, score: Math.round((raw / best) * 1000) / 1000, count })),
  };
}
