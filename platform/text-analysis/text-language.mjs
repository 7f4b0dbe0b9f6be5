import { classify } from './classify.mjs';
import { entities } from './entities.mjs';
import { keyPhrases } from './key-phrases.mjs';
import { sentiment } from './sentiment.mjs';
import { summarize } from './summarize.mjs';

const FUNCTIONS = {
  summarize: (text, { maxSentences }) => summarize(text, maxSentences),
  keyPhrases: (text, { limit }) => keyPhrases(text, limit),
  entities,
  sentiment,
  classify: (text, { labels, defaultLabel }) => classify(text, labels, defaultLabel),
};

/** In the sandbox: what the named function makes of a text. */
export async function runText({ function: name, options }, text) {
  return JSON.stringify(await FUNCTIONS[name](text, options));
}
