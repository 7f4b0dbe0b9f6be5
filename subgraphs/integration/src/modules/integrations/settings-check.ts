import { keptSecret } from '@flowmesh/platform/secrets';
import { invalidFields, jsonObject, textProblem, type InvalidField } from '@flowmesh/platform/validation';
import { MAX_CREDENTIAL_CHARACTERS, type AnyClient } from '../../clients/clients.ts';
import { configurationProblems, notUsed } from './configuration-problems.ts';
import type { Credentials } from './integration-secrets.ts';

const MAX_BYTES = 256 * 1024;

export interface GivenSettings {
  readonly configuration?: Readonly<Record<string, unknown>> | null | undefined;
  /** By name; null takes one away. */
  readonly credentials?: Readonly<Record<string, unknown>> | null | undefined;
}

export interface StoredSettings {
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly credentials: Credentials;
}

export interface CheckedSettings extends StoredSettings {
  /** Empty when they can be used. Paths are below `input`. */
  readonly problems: readonly InvalidField[];
}

const below = (path: string, fields: readonly InvalidField[]): InvalidField[] =>
  fields.map((field) => ({ ...field, path: field.path ? `${path}.${field.path}` : path }));

/** Visible text of one line or more, e.g. a key in PEM. */
function credentialProblem(value: unknown): string | null {
  if (typeof value !== 'string') return 'must be a text';
  if (value === '') return 'must not be empty';
  if (value.length > MAX_CREDENTIAL_CHARACTERS) {
    return `must have at most ${MAX_CREDENTIAL_CHARACTERS.toLocaleString('en')} characters`;
  }
  return textProblem(value);
}

/**
 * Settings as they were given over those from before. Credentials that are left out stay, unless they would go to
 * another address or account.
 */
export function checkSettings(client: AnyClient, given: GivenSettings, before: StoredSettings | null): CheckedSettings {
  const stored = before ?? { configuration: {}, credentials: {} };
  const storable = jsonObject({ maxBytes: MAX_BYTES }).safeParse(given.configuration ?? stored.configuration);
  if (!storable.success) return { ...stored, problems: below('configuration', invalidFields(storable.error)) };
  const shape = client.configuration.safeParse(storable.data);
  if (!shape.success) {
    const wrong = configurationProblems(client, shape.error, storable.data);
    return { ...stored, problems: below('configuration', wrong) };
  }
  const configuration = shape.data as Record<string, unknown>;
  const { credentials, problems } = checkCredentials(client, configuration, given.credentials ?? {}, before);
  return {
    configuration,
    credentials,
    problems: [...below('configuration', client.problemsOf(configuration)), ...problems],
  };
}

function checkCredentials(
  client: AnyClient,
  configuration: Record<string, unknown>,
  given: Readonly<Record<string, unknown>>,
  before: StoredSettings | null,
): { credentials: Record<string, string>; problems: InvalidField[] } {
  const { required, optional = [] } = client.wantedCredentials(configuration);
  const wanted = [...required, ...optional];
  const destinations = {
    from: before && client.destination(before.configuration),
    to: client.destination(configuration),
  };
  const credentials: Record<string, string> = {};
  const problems = Object.keys(given)
    .filter((name) => !wanted.includes(name))
    .map((name) => ({ path: `credentials.${name}`, message: notUsed(wanted) }));
  for (const name of wanted) {
    const value = given[name];
    const wrong = value === undefined || value === null ? null : credentialProblem(value);
    const kept = keptSecret({
      given: value === undefined || value === null ? value : wrong === null ? String(value) : undefined,
      before: before?.credentials[name],
      ...destinations,
    });
    const missing = kept.value === undefined && required.includes(name) ? 'is required' : null;
    const message = wrong ?? kept.problem ?? missing;
    if (message) problems.push({ path: `credentials.${name}`, message });
    if (kept.value !== undefined) credentials[name] = kept.value;
  }
  if (problems.length > 0) return { credentials, problems };
  return { credentials, problems: below('credentials', client.credentialProblems?.(configuration, credentials) ?? []) };
}
