import type { Environment } from '@marcbachmann/cel-js';

export function createCelEnvironment(): Environment;
export function toJsonData(value: unknown): unknown;
