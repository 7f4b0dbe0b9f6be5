/** What was asked and answered, so that a failing test can tell it. */
export interface TrailEntry {
  readonly operation: string;
  readonly variables: unknown;
  readonly answer: unknown;
  readonly requestId: string | null;
  readonly logFile: string | null;
}

const KEPT = 3;
declare global {
  var graphTrail: TrailEntry[] | undefined;
}

/** Remembers an exchange of the running test. */
export function leaveTrail(entry: TrailEntry): void {
  const trail = (globalThis.graphTrail ??= []);
  trail.push(entry);
  if (trail.length > KEPT) trail.shift();
}
