import type { InvalidField } from '@flowmesh/platform/validation';

export type Settings = Readonly<Record<string, unknown>>;

/** What is stored of a kind's settings. */
export interface Configured {
  /** Shown in the graph. */
  readonly configuration: Settings;
  /** Kept encrypted; empty when there are none. */
  readonly secrets: Settings;
}

export interface CheckedConfiguration extends Configured {
  /** Empty when it can be used. Paths are below `input`. */
  readonly problems: readonly InvalidField[];
}

/** Validates the settings of one kind and separates the secrets; secrets that are left out are taken from `previous`. */
export type CheckConfiguration<Input> = (
  input: Input,
  previous: Configured | null,
) => CheckedConfiguration | Promise<CheckedConfiguration>;
