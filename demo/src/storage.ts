import type { GraphClient } from './client.ts';
import { DemoError } from './demo-config.ts';

/** An integration of type STORAGE that may be called. */
export interface Storage {
  readonly id: string;
  readonly name: string;
}

export const HOW_TO_REGISTER =
  'The report is not stored: register an integration of type STORAGE (docs/guide/08-external-services.md, "Files in a bucket").';

const LINK_SECONDS = 3_600;

/**
 * Where the report goes: the active STORAGE integration of this name, else the user's own one that comes first by name;
 * null when they have none, or may not see any. Throws `DemoError` when none of the name can be seen, or several.
 */
export async function findStorage(client: GraphClient, userId: string, name: string | null): Promise<Storage | null> {
  // Other people's buckets are for those who name them.
  const filter = { type: 'STORAGE', status: 'ACTIVE', ...(name === null ? { ownerId: userId } : { search: name }) };
  const seen = await storages(client, filter).catch((error: Error) => {
    if (name === null && error.cause === 'FORBIDDEN') return [];
    throw error;
  });
  if (name === null) return seen[0] ?? null;
  const [found, another] = seen.filter((each) => each.name === name);
  if (!found) throw new DemoError(`--storage ${name}: you see no active integration of type STORAGE of this name.`);
  if (another) throw new DemoError(`--storage ${name}: several people have an integration of this name.`);
  return found;
}

async function storages(client: GraphClient, filter: object): Promise<Storage[]> {
  const { integrations } = await client.request<{ integrations: { nodes: Storage[] } }>(
    `query Storages($filter: IntegrationFilter) {
      integrations(filter: $filter, orderBy: { field: NAME, direction: ASC }, first: 100) { nodes { id name } }
    }`,
    { filter },
  );
  return integrations.nodes;
}

/** Puts the report into the storage, as Markdown and with the steps as JSON; gives lines that say where it is. */
export async function storeReport(
  client: GraphClient,
  storage: Storage,
  report: { readonly executionId: string; readonly text: string; readonly steps: readonly object[] },
): Promise<string[]> {
  const { executionId, text, steps } = report;
  const key = `triage/${executionId}.md`;
  const json = `triage/${executionId}.json`;
  const call = (operation: string, input: object) => invoke(client, storage, operation, input);
  await call('put', { key, content: text, contentType: 'text/markdown; charset=utf-8' });
  await call('put', {
    key: json,
    content: JSON.stringify({ executionId, report: text, steps }, null, 2),
    contentType: 'application/json',
  });
  const { url, expiresAt } = await call('presign', { key, expiresInSeconds: LINK_SECONDS });
  return [
    `The report is stored by ${storage.name} as ${key} and ${json}; until ${expiresAt} anybody can read it at`,
    url,
  ];
}

type Answer =
  | { readonly __typename: 'InvokeIntegrationSuccess'; readonly output: { readonly url: string; expiresAt: string } }
  | { readonly __typename: string; readonly message: string };

async function invoke(client: GraphClient, { id, name }: Storage, operation: string, input: object) {
  const { invokeIntegration: answer } = await client.request<{ invokeIntegration: Answer }>(
    `mutation Store($input: InvokeIntegrationInput!) {
      invokeIntegration(input: $input) {
        __typename
        ... on InvokeIntegrationSuccess { output }
        ... on MutationError { message }
      }
    }`,
    { input: { id, operation, input } },
  );
  if ('output' in answer) return answer.output;
  throw new DemoError(`The report could not be stored by ${name} (${operation}): ${answer.message}`);
}
