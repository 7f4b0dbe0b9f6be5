import { hasScope, mayTouch, newApiKey, signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import { newId } from '@flowmesh/platform/ids';
import { conflict, notFound, parseArgument, parseInput } from '@flowmesh/platform/validation';
import { auditLog } from '../audit/audit-log.ts';
import type { AuditEntry } from '../audit/audit-record.ts';
import type { AuditService } from '../audit/audit-service.ts';
import { apiKeyBeyondOwnScopes } from './api-key-failures.ts';
import { apiKeyFilter, createApiKeyInput, revokeApiKeyInput } from './api-key-input.ts';
import { API_KEYS, type ApiKeyListArguments } from './api-key-query.ts';
import type { ApiKeyRecord } from './api-key-record.ts';
import { MAX_KEYS, type ApiKeyStore } from './api-key-store.ts';

const READ_ANY = 'api-key:read-any';
const SERVICE_ACCOUNTS = 'service-account:write';
const NO_KEY = 'There is no such API key.';

/** Creates, lists and revokes API keys. */
export class ApiKeyService {
  constructor(
    private readonly store: ApiKeyStore,
    private readonly audit: AuditService,
  ) {}

  /** Throws `badInput` for arguments that cannot be used. */
  async page(viewer: Viewer, args: ApiKeyListArguments): Promise<Connection<ApiKeyRecord>> {
    const { ownerId, status, search } = parseArgument('filter', apiKeyFilter, args.filter ?? {});
    return API_KEYS.page(args, { ownerId, status, search, visibleTo: visibleTo(viewer) }, this.store.list);
  }

  /** In the order of the ids; null for objects that do not exist or that the viewer may not see. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(ApiKeyRecord | null)[]> {
    const found = new Map((await this.store.findMany(ids)).map((key) => [key.id, key]));
    return ids.map((id) => {
      const key = found.get(id);
      return key && mayTouch(viewer, key.ownerId, READ_ANY) ? key : null;
    });
  }

  /** Creates a key for the viewer or a service account; only this answer contains the key itself. */
  async create(caller: Caller, input: unknown) {
    const parsed = parseInput(createApiKeyInput, input);
    if (!parsed.ok) return parsed.error;
    const { viewer } = caller;
    const { serviceAccountId, name, scopes, expiresAt } = parsed.data;
    const ownerId = serviceAccountId ?? signedIn(viewer).userId;
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

  /** Revokes a key, if the viewer may. */
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

/** The user whose keys the viewer sees; null: all keys. */
function visibleTo(viewer: Viewer): string | null {
  return hasScope(viewer, READ_ANY) ? null : signedIn(viewer).userId;
}

const mayRevoke = (viewer: Viewer, { ownerId, ofServiceAccount }: ApiKeyRecord): boolean =>
  mayTouch(viewer, ownerId, 'api-key:write-any') || (ofServiceAccount && hasScope(viewer, SERVICE_ACCOUNTS));
