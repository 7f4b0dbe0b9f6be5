import { runInSandbox, SandboxError, type Requester } from '../sandbox/index.ts';

/** Longer texts are for the caller to refuse. */
export const MAX_TEXT_CHARACTERS = 200_000;

export interface TextOptions extends Requester {
  /** For the work itself. */
  readonly timeoutMs: number;
}

/** A text took more time or memory than it may. */
export class TextLimitError extends Error {
  constructor(reason: string) {
    super(`The text ${reason} to analyse.`);
    this.name = 'TextLimitError';
  }
}

/** Words or phrases that speak for a label, with their weights. */
export type LabelExamples = readonly string[] | Readonly<Record<string, number>>;

export interface Summary {
  readonly summary: string;
  readonly sentences: string[];
}

export interface KeyPhrases {
  /** The weightiest first; scores are from 0 to 1. */
  readonly phrases: { readonly phrase: string; readonly score: number; readonly count: number }[];
}

export interface Entities {
  /** The most frequent first. */
  readonly entities: { readonly value: string; readonly type: string; readonly count: number }[];
}

export interface Sentiment {
  /** -1 to 1. */
  readonly score: number;
  readonly label: 'positive' | 'neutral' | 'negative';
}

export interface Classification {
  readonly label: string | null;
  readonly confidence: number;
  readonly scores: Readonly<Record<string, number>>;
}

/** The sentences that say most, in their order. All functions here throw TextLimitError, and what the sandbox throws. */
export const summarize = (text: string, maxSentences: number, options: TextOptions): Promise<Summary> =>
  analyse<Summary>('summarize', text, { maxSentences }, options);

/** What the text turns on. */
export const keyPhrases = (text: string, limit: number, options: TextOptions): Promise<KeyPhrases> =>
  analyse<KeyPhrases>('keyPhrases', text, { limit }, options);

/** Names, dates, addresses, files, errors and the like, at most 200. */
export const entities = (text: string, options: TextOptions): Promise<Entities> =>
  analyse<Entities>('entities', text, {}, options);

/** The tone of the text. */
export const sentiment = (text: string, options: TextOptions): Promise<Sentiment> =>
  analyse<Sentiment>('sentiment', text, {}, options);

/** The label whose examples the text has most of; `defaultLabel` when it has none of any. */
export const classify = (
  text: string,
  labels: Readonly<Record<string, LabelExamples>>,
  defaultLabel: string | null,
  options: TextOptions,
): Promise<Classification> => analyse<Classification>('classify', text, { labels, defaultLabel }, options);

/** The library's time is not bounded for every text, so it works in the sandbox. */
async function analyse<Result>(name: string, text: string, settings: object, options: TextOptions): Promise<Result> {
  try {
    const program = { function: name, options: settings };
    return (await runInSandbox({ language: 'text', program, input: text }, options)) as Result;
  } catch (error) {
    if (!(error instanceof SandboxError) || error.reason === 'FAILED') throw error;
    throw new TextLimitError(error.reason === 'TIMEOUT' ? 'takes too long' : 'takes too much memory');
  }
}
