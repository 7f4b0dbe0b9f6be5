/**
 * The configuration cannot be used. `problems` has a sentence for each setting that is wrong or missing, without a full
 * stop and without secrets; `hints` has one for each variable that is likely to be a mistyped setting.
 */
export class ConfigError extends Error {
  constructor(
    readonly problems: readonly string[],
    hints: readonly string[] = [],
  ) {
    const told = problems.length === 1 ? `a problem: ${problems[0]}.` : `${problems.length} problems:${list(problems)}`;
    super(`The configuration has ${told}${list(hints)}`);
    this.name = 'ConfigError';
  }
}

const list = (sentences: readonly string[]): string => sentences.map((sentence) => `\n- ${sentence}.`).join('');
