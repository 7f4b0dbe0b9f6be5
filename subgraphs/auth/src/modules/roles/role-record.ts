export interface RoleRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** `resource:action`, `*` for either half. */
  readonly scopes: string[];
  readonly isSystem: boolean;
  /** Counts changes, from 1. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
