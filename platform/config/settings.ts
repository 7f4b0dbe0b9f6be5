import { ConfigError } from './config-error.ts';
import { givenIn, type Environment } from './environment.ts';
import type { Outcome, SettingsGroup } from './settings-group.ts';

/** The settings of one environment. */
export class Settings {
  readonly #environment: Environment;
  readonly #groups: readonly SettingsGroup[] | null;
  readonly #outcomes = new Map<SettingsGroup, Outcome<unknown>>();

  /** `groups` are those that may be read; without, any. */
  constructor(environment: Environment, groups: readonly SettingsGroup[] | null = null) {
    this.#environment = givenIn(environment);
    this.#groups = groups;
  }

  /**
   * The configuration of a group. Throws `ConfigError` when it is invalid, which cannot happen once `problems` is empty.
   * A process can only read groups that it has declared, so that the documents about its settings are complete.
   */
  of<T>(group: SettingsGroup<T>): T {
    if (this.#groups !== null && !this.#groups.includes(group)) {
      throw new Error(`This process does not read the settings "${group.name}": name them in its settings.ts.`);
    }
    const { config, problems } = this.#outcome(group);
    if (problems.length > 0) throw new ConfigError(problems);
    return config as T;
  }

  /** Everything that is wrong with these groups. */
  problems(groups: readonly SettingsGroup[]): readonly string[] {
    return [...new Set(groups.flatMap((group) => this.#outcome(group).problems))];
  }

  #outcome<T>(group: SettingsGroup<T>): Outcome<T> {
    const known = this.#outcomes.get(group);
    const outcome = known ?? group.read(this.#environment, (other) => this.#outcome(other).config);
    this.#outcomes.set(group, outcome);
    return outcome as Outcome<T>;
  }
}

/** The configuration of a group in an environment. Throws `ConfigError` with all its problems. */
export const readSettings = <T>(group: SettingsGroup<T>, environment: Environment): T =>
  new Settings(environment).of(group);
