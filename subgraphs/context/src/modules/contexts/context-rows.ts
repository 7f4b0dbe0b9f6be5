import type { ContextRecord } from './context-record.ts';

/** Columns of `contexts c` as a record has them, but for the access, which depends on the viewer. */
export const CONTEXT_COLUMNS = `c.id, c.owner_id as "ownerId", c.name, c.type, c.description, c.status::text as status,
  c.version, c.metadata, c.tags, c.language, c.secret_policy::text as "secretPolicy", c.layer_count as "layerCount",
  c.size_bytes::float8 as "sizeBytes", c.access_count::float8 as "accessCount", c.expires_at as "expiresAt",
  c.created_at as "createdAt", c.updated_at as "updatedAt", c.deleted_at as "deletedAt"`;

export type ContextRow = Omit<ContextRecord, 'access'> & { readonly access: ContextRecord['access'] | null };
