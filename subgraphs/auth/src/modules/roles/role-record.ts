export interface RoleRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** `resource:action`, `*` for either half. */
  readonly scopes: string[];
  readonly isSystem: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
