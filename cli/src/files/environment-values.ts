import { CommandFailure, EXIT } from '../failure.ts';

/** The value with every `{$env: NAME}` replaced by that variable. Throws `CommandFailure` for one that is not set. */
export function withEnvironment(value: unknown, env: NodeJS.ProcessEnv): unknown {
  if (Array.isArray(value)) return value.map((item) => withEnvironment(item, env));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === '$env' && typeof only[1] === 'string') {
    const found = env[only[1]];
    if (found === undefined) throw new CommandFailure(`The environment variable ${only[1]} is not set.`, EXIT.usage);
    return found;
  }
  return Object.fromEntries(entries.map(([name, item]) => [name, withEnvironment(item, env)]));
}
