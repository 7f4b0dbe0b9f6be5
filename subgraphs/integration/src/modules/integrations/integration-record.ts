import type { CallPolicy } from '@flowmesh/platform/resilience';
import type { Operation } from '../../clients/integration-client.ts';

/** INACTIVE: switched off by its owner. */
export type IntegrationStatus = 'ACTIVE' | 'INACTIVE';

/** What is left of a rotation of credentials. */
export interface KeptSecrets {
  readonly credentialsRotatedAt: Date | null;
  /** Encrypted like those in use. */
  readonly previousSealedSecrets: string | null;
  readonly previousSecretsUntil: Date | null;
}

/** What users decide about an integration. */
export interface IntegrationValues extends KeptSecrets {
  readonly name: string;
  readonly description: string | null;
  readonly status: IntegrationStatus;
  /** Settings of the type, without secrets; see clients/. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Secrets of the type, encrypted together with the context `integration:<id>`. */
  readonly sealedSecrets: string | null;
  /** Names of the credentials that are set. */
  readonly credentialsSet: readonly string[];
  /** Declared by its owner; empty for types that have operations of their own. */
  readonly operations: readonly Operation[];
  readonly policy: CallPolicy;
  readonly tags: readonly string[];
  readonly metadata: Record<string, unknown>;
}

/** An integration as the domain sees it. */
export interface IntegrationRecord extends IntegrationValues {
  readonly id: string;
  readonly ownerId: string;
  readonly type: string;
  readonly version: number;
  readonly healthCheckedAt: Date | null;
  readonly healthSucceededAt: Date | null;
  /** Since the last success. */
  readonly healthFailures: number;
  readonly healthLatencyMs: number | null;
  readonly healthError: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
