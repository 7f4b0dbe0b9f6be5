import type { Environment } from './environment.ts';
import type { SettingType } from './setting-types.ts';

/** One environment variable. Messages and documents about it are derived from this. */
export interface Setting<T = unknown> {
  readonly type: SettingType<unknown>;
  /** Explains to operators what it is for, with its unit. Markdown; sentences. */
  readonly meaning: string;
  /** As it would stand in the environment; null: the value is null. */
  readonly default: string | null;
  /** What happens when it is not set, in words, where `default` is not enough. */
  readonly otherwise: string | null;
  /**
   * `all`: the value is never shown. `credentials`: of the address, only the server is shown. In both cases messages do
   * not repeat the value.
   */
  readonly secret: 'all' | 'credentials' | null;
  /** Why it is only allowed with `NODE_ENV=test`; null for settings of operators. */
  readonly testsOnly: string | null;
  /** Its value in an environment, or what is wrong with it: a sentence without a full stop. */
  readonly read: (name: string, environment: Environment) => ReadValue<T>;
}

export type ReadValue<T> = { readonly value: T; readonly problem: null } | { readonly problem: string };

type Description = Pick<Setting, 'meaning'> & Partial<Pick<Setting, 'otherwise' | 'secret' | 'testsOnly'>>;

/** Declares a setting. Without a default its value is null when it is not set. */
export function setting<T>(type: SettingType<T>, description: Description & { readonly default: string }): Setting<T>;
export function setting<T>(type: SettingType<T>, description: Description): Setting<T | null>;
export function setting<T>(
  type: SettingType<T>,
  description: Description & { readonly default?: string },
): Setting<T | null> {
  const { default: usual = null, otherwise = null, secret = null, testsOnly = null } = description;
  const read = (name: string, environment: Environment): ReadValue<T | null> => {
    const text = environment[name] || usual;
    if (text === null) return { value: null, problem: null };
    const { success, data } = type.schema.safeParse(text);
    if (!success)
      return { problem: `${name} must be ${type.mustBe}${secret ? '' : `, not ${quoted(hideCredentials(text))}`}` };
    const objection = type.objection?.(text) ?? null;
    if (objection !== null) return { problem: `${name} must ${objection}` };
    if (testsOnly !== null && text !== usual && environment['NODE_ENV'] !== 'test') {
      return { problem: `${name} ${testsOnly} and needs NODE_ENV=test` };
    }
    return { value: data, problem: null };
  };
  return { type, meaning: description.meaning, default: usual, otherwise, secret, testsOnly, read };
}

const MAX_QUOTED = 80;

/** On one line, whatever it holds. */
const quoted = (text: string): string =>
  JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);

/** Up to the last `@`: a password may hold any character, though it should have been encoded. */
const BEFORE_HOST = /([a-z][\w+.-]*:\/\/)\S*@/gi;
const BEFORE_HOST_ALONE = /(^|[\s,;])[^\s,;:/@]+:(?!\/\/)\S+@/g;
const PARAMETER = /((?:^|[?&#;,\s])[\w.%-]*(?:pass|pwd|secret|token|key|credential|auth|sig)[\w.%-]*=)[^&#;\s]+/gi;

/** What is given where no secret is expected, without what looks like the credentials of an address. */
export const hideCredentials = (value: string): string =>
  value.replace(BEFORE_HOST, '$1•••@').replace(BEFORE_HOST_ALONE, '$1•••@').replace(PARAMETER, '$1•••');
