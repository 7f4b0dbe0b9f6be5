import { replaceLongRuns } from './long-runs.mjs';

/** Read in one go: the library takes more than twice as long for twice as long a text. */
const CHUNK_CHARACTERS = 15_000;
/** The library remembers every new word; it is built anew after this much text. */
const RENEW_AFTER_CHARACTERS = 20_000_000;

let loading;
let characters = 0;

/** The model takes 100 ms and 24 MB, so it waits for the first text. */
function model() {
  if (characters > RENEW_AFTER_CHARACTERS) loading = undefined;
  return (loading ??= (async () => {
    const [{ default: winkNlp }, { default: english }] = await Promise.all([
      import('wink-nlp'),
      import('wink-eng-lite-web-model'),
    ]);
    characters = 0;
    return winkNlp(english, ['sbd', 'negation', 'sentiment', 'pos', 'ner', 'cer']);
  })());
}

/** Cuts at the ends of lines, else of words, so that no chunk is longer than the limit. */
function chunksOf(text) {
  const chunks = [];
  let rest = text;
  while (rest.length > CHUNK_CHARACTERS) {
    const head = rest.slice(0, CHUNK_CHARACTERS);
    const cut = Math.max(head.lastIndexOf('\n'), head.lastIndexOf('. ') + 1, 0) || head.lastIndexOf(' ') + 1;
    chunks.push(head.slice(0, cut || CHUNK_CHARACTERS));
    rest = rest.slice(cut || CHUNK_CHARACTERS);
  }
  chunks.push(rest);
  return chunks;
}

/**
 * Sentences in order, each with its `text`, `sentiment` (-1 to 1), `entities` (`value`, `type`) and `tokens`: `text`,
 * `normal`, `stem`, `pos` (the universal part of speech: NOUN, PROPN, ADJ, VERB …), `isWord`, `isStopWord`.
 */
export async function readSentences(text) {
  const { readDoc, its } = await model();
  const { shortened, restorer } = replaceLongRuns(text);
  const [inSentences, inTokens] = [restorer(), restorer()];
  const sentences = [];
  for (const chunk of chunksOf(shortened)) {
    characters += chunk.length;
    readDoc(chunk)
      .sentences()
      .each((sentence) => {
        const tokens = [];
        sentence.tokens().each((token) => {
          tokens.push({
            text: inTokens(token.out()),
            normal: token.out(its.normal),
            stem: token.out(its.stem),
            pos: token.out(its.pos),
            isWord: token.out(its.type) === 'word',
            isStopWord: token.out(its.stopWordFlag) === true,
          });
        });
        const entities = [];
        sentence.entities().each((entity) => {
          entities.push({ value: entity.out(), type: entity.out(its.type) });
        });
        const said = inSentences(sentence.out()).replace(/\s+/g, ' ').trim();
        sentences.push({ text: said, tokens, sentiment: sentence.out(its.sentiment), entities });
      });
  }
  return sentences;
}

/** Words that carry meaning. */
export function contentStems(tokens) {
  return tokens.filter((token) => token.isWord && !token.isStopWord && token.normal.length > 1).map(({ stem }) => stem);
}
