/** Characters without white space: words are shorter, and the library's time for one grows with its cube. */
const MAX_RUN = 80;
/** Stands for a longer one. For private use: it is in no text but by the will of who has put it there. */
const STAND_IN = '\ue0f0';
const LONG_RUN = new RegExp(`\\S{${MAX_RUN + 1},}|${STAND_IN}`, 'gu');
const CLOSING = new Set('.,;:!?)]}"\'');

/**
 * The text with a single character in place of each long run (URLs, encoded data, keys of logs). What ends a sentence
 * stays. `restorer()` makes a function that puts the runs back into the pieces it is given, which must be all of the
 * text, in order.
 */
export function replaceLongRuns(text) {
  const runs = [];
  const shortened = text.replace(LONG_RUN, (run) => {
    let end = run.length;
    while (end > run.length - 3 && CLOSING.has(run[end - 1])) end -= 1;
    runs.push(run.slice(0, end));
    return STAND_IN + run.slice(end);
  });
  const restorer = () => {
    let next = 0;
    return (piece) => (piece.includes(STAND_IN) ? piece.replaceAll(STAND_IN, () => runs[next++] ?? '') : piece);
  };
  return { shortened, restorer };
}
