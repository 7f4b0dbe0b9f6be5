import { hasScope, mayTouch, newApiKey, type Viewer } from '@flowmesh/platform/access';
import {
  decodeCursor,
  pageSize,
  toConnection,
  type Connection,
  type PageArguments,
} from '@flowmesh/platform/connections';
import { badInput } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { conflict, notFound, parseInput } from '@flowmesh/platform/validation';
import type { Caller } from '../../caller.ts';
import { auditLog } from '../audit/audit-log.ts';
import type { AuditEntry } from '../audit/audit-record.ts';
import type { AuditService } from '../audit/audit-service.ts';
import { apiKeyBeyondOwnScopes } from './api-key-failures.ts';
import { apiKeyFilter, createApiKeyInput, revokeApiKeyInput } from './api-key-input.ts';
import type { ApiKeyQuery, ApiKeyRecord } from './api-key-record.ts';
import { MAX_KEYS, type ApiKeyOrder, type ApiKeyStore } from './api-key-store.ts';

const ORDERS = {
  CREATED_AT: { field: 'createdAt', type: 'date' },
  EXPIRES_AT: { field: 'expiresAt', type: 'date' },
  LAST_USED_AT: { field: 'lastUsedAt', type: 'date', nullable: true },
} as const satisfies Record<string, Omit<ApiKeyOrder, 'list' | 'direction'>>;

const READ_ANY = 'api-key:read-any';
const SERVICE_ACCOUNTS = 'service-account:write';
const NO_KEY = 'There is no such API key.';

export interface ApiKeyListArguments extends PageArguments {
  readonly filter?: object | null | undefined;
  /** The latest first when left out. */
  readonly orderBy?: { readonly field?: keyof typeof ORDERS; readonly direction?: 'ASC' | 'DESC' } | null | undefined;
}

/** API keys: who makes, sees and ends them. */
export class ApiKeyService {
  constructor(
    private readonly store: ApiKeyStore,
    private readonly audit: AuditService,
  ) {}

  /** Throws `badInput` for arguments that cannot be used. */
  async page(
    viewer: Viewer,
    { filter, orderBy, first, after }: ApiKeyListArguments,
  ): Promise<Connection<ApiKeyRecord>> {
    const parsed = parseInput(apiKeyFilter, filter ?? {});
    if (!parsed.ok) {
      const [problem] = parsed.error.fields;
      throw badInput(`filter.${problem?.path}`, problem?.message ?? 'cannot be used');
    }
    const order: ApiKeyOrder = {
      list: 'apiKeys',
      ...ORDERS[orderBy?.field ?? 'CREATED_AT'],
      direction: orderBy?.direction ?? 'DESC',
    };
    const { ownerId, status, search } = parsed.data;
    const query: ApiKeyQuery = { ownerId, status, search, visibleTo: visibleTo(viewer) };
    const cursor = after == null ? null : decodeCursor(after, order);
    const rows = await this.store.page(query, cursor, order, pageSize({ first }) + 1);
    return toConnection(rows, { first, after }, order, () => this.store.count(query));
  }

  /** In the order of the ids; null for what is not there or may not be seen. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(ApiKeyRecord | null)[]> {
    const found = new Map((await this.store.findMany(ids)).map((key) => [key.id, key]));
    return ids.map((id) => {
      const key = found.get(id);
      return key && mayTouch(viewer, key.ownerId, READ_ANY) ? key : null;
    });
  }

  /** Makes a key for the viewer, or for a service account; the only time that the key itself is known. */
  async create(caller: Caller, input: unknown) {
    const parsed = parseInput(createApiKeyInput, input);
    if (!parsed.ok) return parsed.error;
    const { viewer } = caller;
    const { serviceAccountId, name, scopes, expiresAt } = parsed.data;
    const ownerId = serviceAccountId ?? (viewer.kind === 'anonymous' ? '' : viewer.userId);
    if (serviceAccountId && !hasScope(viewer, SERVICE_ACCOUNTS)) return notFound('There is no such service account.');
    const id = newId();
    const { key, hash, prefix } = newApiKey();
    const entry: AuditEntry = {
      action: 'api_key.created',
      target: { type: 'API_KEY', id },
      subjectId: ownerId,
      details: { name, scopes, expiresAt },
    };
    const outcome = await this.store.create({
      id,
      ownerId,
      ownerKind: serviceAccountId ? 'SERVICE_ACCOUNT' : 'PERSON',
      name,
      prefix,
      hash,
      scopes,
      expiresAt,
      viewer,
      audit: auditLog(caller, entry),
    });
    switch (outcome.kind) {
      case 'created':
        return { __typename: 'CreateApiKeySuccess' as const, apiKey: outcome.apiKey, key };
      case 'no owner':
        return notFound('There is no such service account.');
      case 'too many':
        return conflict(`There are ${MAX_KEYS} keys already: revoke one first.`);
      case 'beyond':
        await this.audit.record(caller, { ...entry, outcome: 'DENIED' });
        return apiKeyBeyondOwnScopes(outcome.missingScopes);
    }
  }

  /** Ends a key that the viewer may end. */
  async revoke(caller: Caller, input: unknown) {
    const parsed = parseInput(revokeApiKeyInput, input);
    if (!parsed.ok) return parsed.error;
    const { id } = parsed.data;
    const [key] = await this.store.findMany([id]);
    if (!key || !mayRevoke(caller.viewer, key)) return notFound(NO_KEY);
    const target = { type: 'API_KEY', id } as const;
    const details = { name: key.name };
    await this.store.revoke(
      id,
      auditLog(caller, { action: 'api_key.revoked', target, subjectId: key.ownerId, details }),
    );
    const [revoked] = await this.store.findMany([id]);
    return revoked ? { __typename: 'RevokeApiKeySuccess' as const, apiKey: revoked } : notFound(NO_KEY);
  }
}

/** Whose keys the viewer sees: null for everybody's. */
function visibleTo(viewer: Viewer): string | null {
  if (viewer.kind === 'anonymous') return '';
  return hasScope(viewer, READ_ANY) ? null : viewer.userId;
}

const mayRevoke = (viewer: Viewer, { ownerId, ofServiceAccount }: ApiKeyRecord): boolean =>
  mayTouch(viewer, ownerId, 'api-key:write-any') || (ofServiceAccount && hasScope(viewer, SERVICE_ACCOUNTS));
