// Runs in a worker thread. Plain JavaScript, so that it starts from the source tree and from the bundle alike.
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english, translations } from '@zxcvbn-ts/language-en';

const estimator = new ZxcvbnFactory({
  dictionary: { ...common, ...english },
  graphs: adjacencyGraphs,
  translations,
});

/** How well a password withstands guessing. `known` are words that an attacker tries first. */
export default function estimate({ password, known }) {
  const { score, guessesLog10, crackTimes, feedback } = estimator.check(password, known);
  return {
    score,
    guessesLog10,
    crackTime: crackTimes.offlineSlowHashingXPerSecond.display,
    warning: feedback.warning || null,
    suggestions: feedback.suggestions,
  };
}
