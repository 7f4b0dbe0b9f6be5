import type { ExecutionStatus } from '../executions/execution-record.ts';

export type PushProtocol = 'A2A_1_0' | 'A2A_0_3';

/** An address that is told how an execution gets on. */
export interface PushRecord {
  readonly id: string;
  readonly executionId: string;
  readonly key: string;
  readonly createdById: string;
  readonly url: string;
  readonly protocol: PushProtocol;
  /** Null without a token and credentials. */
  readonly sealedSecrets: string | null;
  readonly toldStatus: ExecutionStatus | null;
  readonly lastError: string | null;
  readonly createdAt: Date;
}

/** With what the receiver is shown who tells it. */
export interface PushSecrets {
  readonly token?: string;
  readonly authenticationScheme?: string;
  readonly credentials?: string;
}

/** What is to be told now. */
export interface DuePush extends PushRecord {
  /** With the present one. */
  readonly attempts: number;
  readonly status: ExecutionStatus;
}
