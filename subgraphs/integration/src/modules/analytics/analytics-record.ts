/** A time: `from` belongs to it, `to` does not. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** In milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface OperationFigures {
  readonly operation: string;
  readonly calls: number;
  readonly failed: number;
  readonly latencyMs: Latency | null;
}

export interface ErrorCount {
  readonly code: string;
  readonly calls: number;
}

export interface CallFigures {
  readonly calls: number;
  readonly succeeded: number;
  readonly cached: number;
  readonly failed: number;
  readonly refused: number;
  readonly unknown: number;
  readonly retries: number;
  readonly latencyMs: Latency | null;
}
