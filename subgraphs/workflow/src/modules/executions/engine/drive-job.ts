/** Steps of one execution to run. Only a hint: in the database the steps are READY, or due to wake up. */
export interface DriveJob {
  readonly executionId: string;
  /** Null: those that depend on no other, of an execution that has not begun. */
  readonly stepIds: readonly string[] | null;
}

export const DRIVE_QUEUE = 'workflow-drive';
