export type JsonObject = Record<string, unknown>;

export type ContextStatus = 'ACTIVE' | 'INACTIVE' | 'ARCHIVED' | 'DELETED';
export type SecretPolicy = 'REFUSE' | 'MASK';
/** What the viewer may do; each is more than the one before. */
export type ContextAccess = 'READ' | 'WRITE' | 'OWN';

/** With whom contexts are shared. */
export type ShareKind = 'USER' | 'ROLE' | 'AGENT' | 'WORKFLOW';

export type ContextChange =
  | 'CREATED'
  | 'UPDATED'
  | 'DELETED'
  | 'RESTORED'
  | 'LAYER_ADDED'
  | 'LAYER_UPDATED'
  | 'LAYER_REMOVED'
  | 'LAYER_EXPIRED'
  | 'SUBJECT_ERASED'
  | 'SHARED'
  | 'UNSHARED';

/** What users decide about a context; a version keeps it. */
export interface ContextValues {
  readonly name: string;
  readonly type: string;
  readonly description: string | null;
  readonly metadata: JsonObject;
  readonly tags: readonly string[];
  readonly language: string;
}

/** A context as one viewer sees it. */
export interface ContextRecord extends ContextValues {
  readonly id: string;
  readonly ownerId: string;
  readonly status: ContextStatus;
  readonly version: number;
  readonly secretPolicy: SecretPolicy;
  readonly layerCount: number;
  readonly sizeBytes: number;
  readonly accessCount: number;
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deletedAt: Date | null;
  readonly access: ContextAccess;
}
