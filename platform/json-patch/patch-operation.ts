export interface PatchOperation {
  readonly op: 'ADD' | 'REMOVE' | 'REPLACE';
  readonly path: string;
  readonly value?: unknown;
}
