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
   * What a group comes to. Throws `ConfigError` when it is wrong, which whoever has asked for `problems` need not expect.
   * A process can read only what it has declared to read, so that what is said of its settings is true.
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

/** What a group comes to in an environment. Throws `ConfigError` with all that is wrong with it. */
export const readSettings = <T>(group: SettingsGroup<T>, environment: Environment): T =>
  new Settings(environment).of(group);
