import { PublicError, unavailable, type ErrorCode } from '@flowmesh/platform/errors';
import type { CallContext, SubgraphSources } from '@flowmesh/platform/federation';

/** An entry as auth returns it, with its cursor. */
export interface ExportedEntry extends Readonly<Record<string, unknown>> {
  readonly cursor: string;
}

interface Page {
  readonly completeUntil: string;
  readonly edges: readonly { readonly cursor: string; readonly node: Readonly<Record<string, unknown>> }[];
  readonly pageInfo: { readonly hasNextPage: boolean };
}

/** The fields of an exported entry, in this order. */
export const COLUMNS = [
  'id',
  'occurredAt',
  'action',
  'outcome',
  'actorType',
  'actorId',
  'sessionId',
  'apiKeyId',
  'onBehalfOfId',
  'targetType',
  'targetId',
  'subjectId',
  'address',
  'userAgent',
  'requestId',
  'details',
] as const;

const PAGE = 100;
const QUERY = `query ($filter: AuditLogFilter, $first: Int!, $after: String) {
  auditLogs(filter: $filter, orderBy: { direction: ASC }, first: $first, after: $after) {
    completeUntil edges { cursor node { ${COLUMNS.join(' ')} } } pageInfo { hasNextPage }
  }
}`;

/**
 * Pages of the entries that auth shows to the caller, oldest first. They end at the time before which no entry is added
 * any more, so that continuing from the last cursor misses none.
 */
export async function* readAuditPages(
  sources: SubgraphSources,
  request: {
    readonly filter: { readonly to?: Date | undefined };
    readonly after?: string | undefined;
    readonly limit: number;
  },
  currentCall: () => Promise<CallContext>,
): AsyncGenerator<readonly ExportedEntry[]> {
  let { after, limit } = request;
  let until: Date | undefined;
  const ask = async (first: number, to: Date | undefined) =>
    askAuth(sources, { filter: { ...request.filter, to }, first, after }, await currentCall());
  while (limit > 0) {
    // The end is read before the entries: entries written in between are later.
    until ??= earlier(request.filter.to, new Date((await ask(1, request.filter.to)).completeUntil));
    const { edges, pageInfo } = await ask(Math.min(PAGE, limit), until);
    yield edges.map(({ cursor, node }) => ({ ...node, cursor }));
    if (!pageInfo.hasNextPage) return;
    limit -= edges.length;
    after = edges.at(-1)?.cursor;
  }
}

const earlier = (one: Date | undefined, other: Date): Date => (one && one < other ? one : other);

async function askAuth(sources: SubgraphSources, variables: Record<string, unknown>, call: CallContext): Promise<Page> {
  const result = await sources.get('auth')?.execute({ query: QUERY, variables: toJson(variables) }, call);
  const [error] = result?.errors ?? [];
  if (error) throw new PublicError(error.message, error.extensions.code as ErrorCode, error.extensions);
  if (!result?.data) throw unavailable('The auth service does not answer; try again.');
  return toJson(result.data).auditLogs as Page;
}

/** Results contain dates in the same process and texts from another process; an export is the same for both. */
const toJson = (value: object) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
