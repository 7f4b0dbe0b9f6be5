import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ItemEntity, ItemSentence, ItemToken, ItsFunction, WinkMethods } from 'wink-nlp';

/** Longer texts are refused. */
export const MAX_TEXT_CHARACTERS = 200_000;
/** Read in one go, about 10 ms of work; the event loop gets a turn between two chunks. */
const CHUNK_CHARACTERS = 15_000;
/** The library remembers every new word; it is built anew after this much text. */
const RENEW_AFTER_CHARACTERS = 20_000_000;

export interface Token {
  readonly text: string;
  readonly normal: string;
  readonly stem: string;
  /** Universal part of speech: NOUN, PROPN, ADJ, VERB … */
  readonly pos: string;
  readonly isWord: boolean;
  readonly isStopWord: boolean;
}

export interface Sentence {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** -1 to 1. */
  readonly sentiment: number;
  readonly entities: readonly { readonly value: string; readonly type: string }[];
}

let loading: Promise<WinkMethods> | undefined;
let characters = 0;

/** The model takes about 100 ms to load, so it waits for the first text. */
function model(): Promise<WinkMethods> {
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
function chunksOf(text: string): string[] {
  const chunks: string[] = [];
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

/** Sentences with their words, in order. Lets other work run in between; stops at the signal. */
export async function readSentences(text: string, signal: AbortSignal): Promise<Sentence[]> {
  const { readDoc, its } = await model();
  const sentences: Sentence[] = [];
  for (const chunk of chunksOf(text)) {
    signal.throwIfAborted();
    characters += chunk.length;
    readDoc(chunk)
      .sentences()
      .each((sentence: ItemSentence) => {
        const tokens: Token[] = [];
        sentence.tokens().each((token: ItemToken) => {
          tokens.push({
            text: token.out(),
            normal: token.out(its.normal),
            stem: token.out(its.stem as unknown as ItsFunction<string>),
            pos: token.out(its.pos),
            isWord: token.out(its.type) === 'word',
            isStopWord: token.out(its.stopWordFlag) === true,
          });
        });
        const entities: { value: string; type: string }[] = [];
        sentence.entities().each((entity: ItemEntity) => {
          entities.push({ value: entity.out(), type: entity.out(its.type) });
        });
        const value = sentence.out(its.sentiment) as unknown as number;
        sentences.push({ text: sentence.out().replace(/\s+/g, ' ').trim(), tokens, sentiment: value, entities });
      });
    await nextTurn();
  }
  return sentences;
}

/** Words that carry meaning. */
export function contentStems(tokens: readonly Token[]): string[] {
  return tokens.filter((token) => token.isWord && !token.isStopWord && token.normal.length > 1).map(({ stem }) => stem);
}
