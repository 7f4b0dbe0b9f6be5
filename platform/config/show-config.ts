import { givenIn, readEnvironment, type Environment } from './environment.ts';
import { processDefaults, type ProcessSettings } from './platform-config.ts';
import { PLATFORM_SETTINGS } from './platform-settings.ts';
import { hideCredentials, type Setting } from './setting.ts';

/**
 * The effective settings of a process, one line each, under the headings of the documents: `NAME=value`, and whether it
 * was set. Secrets are not shown; of an address with credentials, only the server is.
 */
export function showConfig(
  declared: ProcessSettings,
  environment: Environment = readEnvironment(),
  terminal = process.stdout.isTTY,
): string {
  const given = givenIn(environment);
  const defaults: Environment = processDefaults(declared, given, terminal);
  const sections = new Map<string, string[]>();
  for (const { title, settings } of declared.groups ?? PLATFORM_SETTINGS) {
    const lines = sections.get(title) ?? [];
    sections.set(title, lines);
    for (const [name, setting] of Object.entries(settings)) {
      const value = given[name];
      if (value !== undefined) lines.push(`${name}=${shown(setting, value)}  # given`);
      else if (setting.testsOnly === null) lines.push(unset(name, setting, defaults[name] ?? setting.default));
    }
  }
  return [...sections].map(([title, lines]) => `# ${title}\n${lines.join('\n')}\n`).join('\n');
}

const unset = (name: string, { otherwise }: Setting, usual: string | null): string =>
  usual === null ? `# ${name} is not set: ${otherwise ?? 'no value'}` : `${name}=${usual}  # default`;

/**
 * An address of one server with at most one `@`, directly before it. Anything else is hidden, because a password with a
 * character that should have been encoded could appear in any part.
 */
const ADDRESS =
  /^([a-z]+:\/\/)(?:[^\s/?#@]*@)?((?:[^\s/?#@:[\]]+|\[[\da-f:.]+\])(?::\d+)?(?:\/[^\s?#@]*)?)(?:[?#][^@]*)?$/i;

function shown({ secret }: Setting, value: string): string {
  if (secret === null) return hideCredentials(value).replace(/[\r\n]+/g, ' ');
  const [, protocol, server] = (secret === 'credentials' && ADDRESS.exec(value)) || [];
  return server === undefined ? '(not shown)' : `${protocol}${server}`;
}
