import type { Environment } from './environment.ts';
import type { Setting } from './setting.ts';

export type SettingsByName = Readonly<Record<string, Setting>>;

/** Their values, by the names of their variables. */
export type SettingValues<S extends SettingsByName> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never;
};

/** Reads another group of the same environment; null when that group is invalid. */
export type Others = <T>(group: SettingsGroup<T>) => T | null;

/** The configuration of a group, or its problems. */
export type Outcome<T> =
  | { readonly config: T; readonly problems: readonly [] }
  | { readonly config: null; readonly problems: readonly string[] };

/**
 * Settings that are declared, read and documented together. A process reads whole groups, so a group contains what one
 * part of the product needs.
 */
export interface SettingsGroup<T = unknown> {
  /** Small letters and hyphens: what the compose file calls it. */
  readonly name: string;
  /** Heading in documents. Groups with the same one stand under it together. */
  readonly title: string;
  /** Introduction for all of them. Markdown. */
  readonly about: string | null;
  readonly settings: SettingsByName;
  readonly read: (environment: Environment, others: Others) => Outcome<T>;
}

interface Declaration<S extends SettingsByName, T> {
  readonly name: string;
  readonly title: string;
  readonly about?: string;
  readonly settings: S;
  /** Problems with the combination of values, one sentence each. Invalid values are left out of `values`. */
  readonly check?: (values: Partial<SettingValues<S>>, others: Others) => readonly string[];
  /** Only called when all values are valid. */
  readonly toConfig: (values: SettingValues<S>, others: Others) => T;
}

/** Declares a group. */
export function settingsGroup<const S extends SettingsByName, T>(declaration: Declaration<S, T>): SettingsGroup<T> {
  const { name, title, about = null, settings, check, toConfig } = declaration;
  const read = (environment: Environment, others: Others): Outcome<T> => {
    const values: Record<string, unknown> = {};
    const problems: string[] = [];
    for (const [variable, setting] of Object.entries(settings)) {
      const outcome = setting.read(variable, environment);
      if (outcome.problem === null) values[variable] = outcome.value;
      else problems.push(outcome.problem);
    }
    problems.push(...(check?.(values as Partial<SettingValues<S>>, others) ?? []));
    if (problems.length > 0) return { config: null, problems };
    return { config: toConfig(values as SettingValues<S>, others), problems: [] };
  };
  return { name, title, about, settings, read };
}
